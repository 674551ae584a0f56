using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;
using Engram.Models;
using Engram.Tests.Formats.Hdf5;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>What was read and written again is to h5py the same file: paths, attributes with types and character sets, types, shapes, bytes.</summary>
public sealed class KerasWeightsPeerTests(ITestOutputHelper output)
{
    private const string Compare = """
        import sys, h5py
        def lines(file):
            found = []
            def attributes(item):
                for name in item.attrs:
                    if name in ('model_config', 'training_config'): continue
                    a = h5py.h5a.open(item.id, name.encode())
                    t = a.get_type()
                    text = isinstance(t, h5py.h5t.TypeStringID)
                    kind = ('variable' if t.is_variable_str() else t.get_size(), t.get_cset(), t.get_strpad()) if text else a.dtype
                    value = item.attrs[name]
                    found.append((item.name, name, str(kind), str(a.shape), str(value if a.shape == () else list(value))))
            def visit(item):
                attributes(item)
                if isinstance(item, h5py.Group):
                    found.append((item.name, 'group'))
                    for child in item: visit(item[child])
                else: found.append((item.name, item.dtype.str, item.shape, item[()].tobytes()))
            with h5py.File(file, 'r') as root: visit(root)
            return sorted(found, key=str)
        for first, second in zip(sys.argv[1::2], sys.argv[2::2]):
            a, b = lines(first), lines(second)
            for line in a:
                if line not in b: print(first, 'only there:', str(line)[:300])
            for line in b:
                if line not in a: print(second, 'only here:', str(line)[:300])
        print('compared', len(sys.argv) // 2)
        """;

    [Fact]
    public void To_h5py_the_files_are_the_same()
    {
        string folder = Directory.CreateTempSubdirectory("engram-").FullName;
        try
        {
            var pairs = new List<string>();
            foreach (string file in KerasModels.All.SelectMany(name => (string[])[$"{name}.weights.h5", $"{name}.h5"]))
            {
                Network model = KerasModels.Create(file.Split('.')[0]);
                Hdf5Group root = KerasFiles.Open(file);
                KerasWeights.Read(root, model, file);
                string written = Path.Combine(folder, file);
                using (FileStream stream = File.Create(written)) { Hdf5File.Write(LegacyWeights.IsLegacy(root) ? LegacyWeights.Write(model) : KerasWeights.Write(model), stream); }
                pairs.AddRange([KerasFiles.Find(file), written]);
            }

            if (Hdf5Peers.Program(output, Compare, [.. pairs]) is { } text) { Assert.Equal($"compared {pairs.Count / 2}", text.Trim()); }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
