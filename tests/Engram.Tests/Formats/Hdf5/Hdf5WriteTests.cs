using Engram.Formats;
using Engram.Formats.Hdf5;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Hdf5;

public sealed class Hdf5WriteTests(ITestOutputHelper output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-hdf5-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Floats_that_are_not_finite_are_found_wherever_they_stand()
    {
        foreach (int length in (ReadOnlySpan<int>)[0, 1, 7, 8, 9, 33, 32_768 + 5])
        {
            var values = new float[length];
            Array.Fill(values, float.MaxValue); // their sum is not finite, and they are
            Hdf5Memory memory = Hdf5Memory.Numbers<float>("x", [length], values);
            Assert.True(memory.ReadFloats(new float[length]));
            foreach (int at in (ReadOnlySpan<int>)[0, length / 2, length - 1])
            {
                if (length == 0) { continue; }
                foreach (float bad in (ReadOnlySpan<float>)[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
                {
                    values[at] = bad;
                    Assert.False(memory.ReadFloats(new float[length]));
                }

                values[at] = float.Epsilon;
            }
        }
    }

    [Fact]
    public void H5py_reads_everything_that_is_written_as_it_was_given()
    {
        string path = Write(Everything());
        Hdf5Group root = Read(path);
        if (Hdf5Peers.H5py(output, path) is { } described) { Assert.Equal(329, Hdf5Comparison.Same(root, described[0])); }
    }

    [Fact]
    public void What_is_written_is_read_back_as_it_was_given()
    {
        Hdf5Group given = Everything();
        given.AddDataset<float>("special", [3], new[] { float.NaN, float.PositiveInfinity, -0.0f });
        Hdf5Group read = Read(Write(given));
        Assert.Equal(330, Same(given, read));
        Assert.Equal([float.NaN, float.PositiveInfinity, -0.0f], Floats(read.Dataset("special"))); // what JSON cannot hold
        Assert.True(float.IsNegative(Floats(read.Dataset("special"))[2]));
    }

    [Fact]
    public void H5dump_reads_every_object()
    {
        string path = Write(Everything());
        if (Hdf5Peers.H5dump(output, path) is not { } text) { return; }
        Assert.Equal(319, text.Split("GROUP \"").Length - 1);
        Assert.Equal(10, text.Split("DATASET \"").Length - 1);
        Assert.Contains("H5T_IEEE_F32LE", text, StringComparison.Ordinal);
    }

    [Fact]
    public void H5wasm_reads_groups_arrays_and_attributes()
    {
        string path = Write(Everything());
        const string program = """
            const { FS } = await h5wasm.ready; const { readFileSync } = await import('fs');
            FS.writeFile('x.h5', readFileSync(process.argv[1]));
            const f = new h5wasm.File('x.h5', 'r');
            console.log(JSON.stringify([f.get('many').keys().length, Array.from(f.get('kernel').value), f.get('kernel').shape, f.attrs['text'].value, f.attrs['names'].value, Number(f.get('iteration').value)]));
            """;
        if (Hdf5Peers.H5wasm(output, program, path) is not { } text) { return; }
        Assert.Equal("""[300,[0,1.5,3,4.5,6,7.5],[2,3],"größer","""[..^1] + """,["lstm","dense"],-12345678901]""", text.Trim());
    }

    [Fact]
    public void H5py_appends_to_a_file_that_is_written_here()
    {
        string path = Write(Everything());
        const string program = """
            import h5py, sys
            with h5py.File(sys.argv[1], "a") as file:
                for i in range(40):
                    file.create_group(f"appended_{i}")["x"] = [1.0 * i]
                    file["many"].create_group(f"appended_{i}")
                file.attrs["appended"] = "yes"
                del file["kernel"]
                file["kernel"] = [7.0]
            """;
        if (Hdf5Peers.Program(output, program, path) is null) { return; }
        Hdf5Group root = Read(path);
        Assert.Equal("yes", root.Attributes["appended"].Text);
        Assert.Equal("größer", root.Attributes["text"].Text);
        Assert.Equal([39.0], root.Dataset("appended_39/x").ReadDoubles());
        Assert.Equal([7.0], root.Dataset("kernel").ReadDoubles());
        Assert.Equal(340, root.Group("many").Children.Count);
    }

    [Fact]
    public void Groups_of_any_number_of_children_are_found_by_h5py_by_name()
    {
        int[] counts = [0, 1, 8, 9, 256, 257, 8193]; // where nodes and levels of the tree are full
        var paths = new List<string>();
        foreach (int count in counts)
        {
            var root = new Hdf5Group();
            for (int i = 0; i < count; i++) { root.AddScalar($"ä{i * 7919 % 8209}", i); }
            paths.Add(Write(root));
            Assert.Equal(count, Read(paths[^1]).Children.Count);
        }

        const string program = """
            import h5py, sys
            for path in sys.argv[1:]:
                with h5py.File(path, "r") as file:
                    step = 1 + len(file) // 500
                    print(len(file), all(file["ä%d" % (i * 7919 % 8209)][()] == i for i in range(0, len(file), step)), "nothing" in file)
            """;
        if (Hdf5Peers.Program(output, program, [.. paths]) is not { } text) { return; }
        Assert.Equal(counts.Select(count => $"{count} True False"), text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Arrays_are_written_without_a_copy_and_only_when_it_is_their_turn()
    {
        var first = new float[1 << 20];
        var second = new float[1 << 20];
        var root = new Hdf5Group();
        root.AddDataset("first", [1 << 10, 1 << 10], () => first);
        root.AddDataset("second", [1 << 20], new ReadOnlyMemory<float>(second));
        first[5] = second[6] = 3;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Hdf5File.Write(root, Stream.Null);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 << 20); // blocks, not the arrays' 8 MiB
        Hdf5Group read = Read(Write(root));
        Assert.Equal(first, Floats(read.Dataset("first")));
        Assert.Equal(second, Floats(read.Dataset("second")));
    }

    [Fact]
    public void Wrong_names_and_what_does_not_fit_are_errors()
    {
        var root = new Hdf5Group();
        root.AddGroup("a");
        Assert.Throws<ArgumentException>(() => root.AddGroup("a"));
        Assert.Throws<ArgumentException>(() => root.AddGroup("a/b"));
        Assert.Throws<ArgumentException>(() => root.AddGroup(""));
        Assert.Throws<ArgumentException>(() => root.AddDataset<float>("b", [2, 2], new float[3]));
        Assert.Throws<ArgumentException>(() => root.AddDataset<decimal>("b", [1], new decimal[1]));
        Assert.Throws<ArgumentException>(() => root.SetAttribute("c", "abc", Hdf5Type.FixedAscii(2)));
        root.SetAttribute<double>("large", [10000], new double[10000]);
        Assert.Contains("attribute 'large' of /", Assert.Throws<EngramException>(() => Hdf5File.Write(root, Stream.Null)).Message, StringComparison.Ordinal);
    }

    private static Hdf5Group Everything()
    {
        var root = new Hdf5Group();
        root.SetAttribute("text", "größer");
        root.SetAttribute("ascii", "lstm", Hdf5Type.VariableAscii);
        root.SetAttribute("fixed", "abc", Hdf5Type.FixedAscii(5));
        root.SetAttribute("names", ["lstm", "dense"]);
        root.SetAttribute("fixed_names", ["kernel:0", "bias:0", ""], Hdf5Type.FixedAscii(8));
        root.SetAttribute("no_text", "");
        root.SetAttribute("größe", 3); // a name beyond ASCII
        root.SetAttribute<double>("none", [0], ReadOnlyMemory<double>.Empty);
        root.SetAttribute("number", 0.1);
        root.SetAttribute("long", new string('x', 200_000) + "€");
        root.SetAttribute<short>("matrix", [2, 2], new short[] { 1, -2, 3, -4 });
        for (int i = 0; i < 30; i++) { root.SetAttribute($"text_{i}", new string((char)('a' + i % 26), i * 37)); }
        root.AddDataset<float>("kernel", [2, 3], new[] { 0, 1.5f, 3, 4.5f, 6, 7.5f }).SetAttribute("name", "inner");
        root.AddScalar("iteration", -12345678901);
        root.AddScalar("rate", 0.001f);
        root.AddDataset<uint>("seed", [2], new[] { 1u, uint.MaxValue });
        root.AddDataset<double>("doubles", [1, 1, 2], new[] { 1e300, -0.1 });
        root.AddDataset<Half>("halves", [2], new[] { (Half)0.5f, (Half)(-3) });
        root.AddDataset<sbyte>("bytes", [3], new sbyte[] { -128, 0, 127 });
        root.AddDataset<float>("empty", [0, 4], ReadOnlyMemory<float>.Empty);
        float[] filled = [.. Enumerable.Range(0, 35).Select(i => i * 0.25f)];
        root.AddDataset("filled", [5, 7], () => filled);
        root.AddDataset("viewed", [2], () => new[] { 8f, 9f });
        Hdf5Group many = root.AddGroup("many");
        for (int i = 0; i < 300; i++) { many.AddGroup($"layer_{i}"); }
        Hdf5Group deep = root;
        for (int i = 0; i < 17; i++) { deep = deep.AddGroup("deep"); }
        return root;
    }

    private string Write(Hdf5Group root)
    {
        string path = Path.Combine(folder, $"{Guid.NewGuid():N}.h5");
        AtomicFile.Write(path, stream => Hdf5File.Write(root, stream));
        return path;
    }

    private static Hdf5Group Read(string path) => Hdf5File.Read(FileBytes.Of(File.ReadAllBytes(path), Path.GetFileName(path)), ReadLimits.Default);

    private static float[] Floats(Hdf5Dataset dataset)
    {
        var values = new float[dataset.Count];
        dataset.ReadFloats(values);
        return values;
    }

    private static int Same(Hdf5Object given, Hdf5Object read)
    {
        Assert.Equal(given.Path, read.Path);
        Assert.Equal(given.Attributes.Keys, read.Attributes.Keys);
        foreach ((string name, Hdf5Attribute attribute) in given.Attributes) { Same(attribute.Values, read.Attributes[name].Values); }
        if (given is Hdf5Dataset dataset)
        {
            Same(dataset.Values, ((Hdf5Dataset)read).Values);
            return 1;
        }

        var group = (Hdf5Group)read;
        Assert.Equal(((Hdf5Group)given).Children.Keys.Order(StringComparer.Ordinal), group.Children.Keys);
        return 1 + ((Hdf5Group)given).Children.Sum(child => Same(child.Value, group.Children[child.Key]));
    }

    private static void Same(Hdf5Values given, Hdf5Values read)
    {
        Assert.Equal(given.Type, read.Type);
        Assert.Equal(given.Shape, read.Shape);
        if (given.Type.Class is Hdf5Class.FixedString or Hdf5Class.VariableString) { Assert.Equal(given.ReadStrings(), read.ReadStrings()); }
        else { Assert.Equal(given.ReadDoubles(), read.ReadDoubles()); }
    }
}
