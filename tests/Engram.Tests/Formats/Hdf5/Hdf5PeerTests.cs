using Engram.Formats;
using Engram.Formats.Hdf5;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Hdf5;

/// <summary>Files that are too large for the repository, or not in it.</summary>
public sealed class Hdf5PeerTests(ITestOutputHelper output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-hdf5-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Indexes_of_many_levels_and_pages_are_read()
    {
        const string program = """
            import h5py, numpy as np, sys
            for libver in "earliest", "latest":
                with h5py.File(f"{sys.argv[1]}/{libver}.h5", "w", libver=libver) as file:
                    links = file.create_group("links")
                    for i in range(2500):
                        links.create_group(f"a_rather_long_name_of_a_layer_with_number_{i * 7919 % 6007}")
                    for i in range(3000 if libver == "latest" else 300):
                        file.attrs[f"attribute_{i}"] = np.full(i % 40, i, "i4")
                    for name, count, most in ("extensible", 70000, None), ("fixed", 5000, 5000), ("fixed_larger", 2500, 4000):
                        for kind, options in ("", {}), ("_filtered", {"shuffle": True}):
                            if kind and count > 5000: count = 9000
                            file.create_dataset(name + kind, data=np.arange(count, dtype="i4"), chunks=(1,), maxshape=(most,), **options)
                    for kind, options in ("", {}), ("_filtered", {"fletcher32": True}):
                        file.create_dataset("tree" + kind, data=np.arange(24000, dtype="i4").reshape(150, 160), chunks=(1, 2), maxshape=(None, None), **options)
                    sparse = file.create_dataset("sparse", (3000000,), "i4", chunks=(1,), maxshape=(None,), fillvalue=5)
                    sparse[2999999] = 1
                    sparse[100000:100002] = 2
            """;
        if (Hdf5Peers.Program(output, program, folder) is null) { return; }
        foreach (string libver in new[] { "earliest", "latest" })
        {
            using FileBytes bytes = FileBytes.Open(Path.Combine(folder, $"{libver}.h5"));
            Hdf5Group root = Hdf5File.Read(bytes, ReadLimits.Default);
            Assert.Equal(
                Enumerable.Range(0, 2500).Select(i => $"a_rather_long_name_of_a_layer_with_number_{i * 7919 % 6007}").Order(StringComparer.Ordinal),
                root.Group("links").Children.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(libver == "latest" ? 3000 : 300, root.Attributes.Count);
            foreach ((string name, Hdf5Attribute attribute) in root.Attributes)
            {
                int number = int.Parse(name["attribute_".Length..], System.Globalization.CultureInfo.InvariantCulture);
                Assert.Equal(Enumerable.Repeat((long)number, number % 40), attribute.ReadIntegers());
            }

            foreach (Hdf5Dataset dataset in root.Datasets.Where(dataset => dataset.Path != "/sparse"))
            {
                Assert.True(Enumerable.Range(0, (int)dataset.Count).Select(i => (long)i).SequenceEqual(dataset.ReadIntegers()), $"{libver} {dataset.Path}");
            }

            long[] sparse = root.Dataset("sparse").ReadIntegers();
            Assert.Equal((1, 2, 2, 5), (sparse[2999999], sparse[100000], sparse[100001], sparse[100002]));
            Assert.Equal(3000000 - 3, sparse.Count(value => value == 5));
        }
    }

    [Fact]
    public void The_files_of_Keras_are_read_and_written_again_as_they_were()
    {
        string[] files = KerasFiles();
        if (files.Length == 0) { return; }
        var roots = new List<Hdf5Group>();
        foreach (string file in files)
        {
            Hdf5Group root = Hdf5File.Read(FileBytes.Of(File.ReadAllBytes(file), file), ReadLimits.Default);
            Hdf5Fixtures.ReadAll(root);
            AtomicFile.Write(Copy(file), stream => Hdf5File.Write(root, stream));
            roots.Add(root);
        }

        if (Hdf5Peers.H5py(output, [.. files, .. files.Select(Copy)]) is { } described)
        {
            int objects = 0;
            for (int i = 0; i < files.Length; i++)
            {
                objects += Hdf5Comparison.Same(roots[i], described[i]);
                Assert.Equal(described[i].GetRawText(), described[files.Length + i].GetRawText());
            }

            output.WriteLine($"{files.Length} files, {objects} objects.");
        }

        if (Hdf5Peers.H5dump(output, ["-A", .. files]) is not { } dumped) { return; } // types and encodings of texts too
        Assert.Equal(Lines(dumped), Lines(Hdf5Peers.H5dump(output, ["-A", .. files.Select(Copy)])!));

        string Copy(string file) => Path.Combine(folder, $"copy-of-{Path.GetFileName(file)}");

        static IEnumerable<string> Lines(string text) => text.Split('\n').Where(line => !line.StartsWith("HDF5 ", StringComparison.Ordinal)); // the files' names
    }

    [Fact]
    public void Hostile_files_are_refused_or_read_rightly()
    {
        string hostile = Path.Combine(Path.GetDirectoryName(Fixtures.Repository)!, "shared", "fixtures", "hostile");
        if (!Directory.Exists(hostile))
        {
            output.WriteLine($"Skipped: there is no {hostile}.");
            return;
        }

        int refused = 0;
        foreach (string file in Directory.GetFiles(hostile, "*.h5"))
        {
            EngramException error = Assert.Throws<EngramException>(() => Hdf5Fixtures.ReadAll(Hdf5File.Read(FileBytes.Of(File.ReadAllBytes(file), file), ReadLimits.Default)));
            Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
            refused++;
        }

        foreach (string name in new[] { "huge_array", "compressed_array", "external_link", "external_storage", "soft_link_loop" })
        {
            byte[] bytes = Weights(Path.Combine(hostile, $"{name}.keras"));
            EngramException error = Assert.Throws<EngramException>(() => Hdf5File.Read(FileBytes.Of(bytes, name), ReadLimits.Default));
            output.WriteLine(error.Message);
            refused++;
        }

        Assert.Equal(11, refused);
        Hdf5Fixtures.ReadAll(Hdf5File.Read(FileBytes.Of(Weights(Path.Combine(hostile, "big_endian_double.keras")), "valid"), ReadLimits.Default));
    }

    private string[] KerasFiles()
    {
        string shared = Path.Combine(Path.GetDirectoryName(Fixtures.Repository)!, "shared", "fixtures");
        if (!Directory.Exists(Path.Combine(shared, "keras")))
        {
            output.WriteLine($"Skipped: there is no {shared}/keras.");
            return [];
        }

        var files = new List<string>();
        foreach (string file in new[] { "keras", "keras2" }.SelectMany(name => Directory.GetFiles(Path.Combine(shared, name))).Order(StringComparer.Ordinal))
        {
            if (file.EndsWith(".h5", StringComparison.Ordinal)) { files.Add(file); }
            if (!file.EndsWith(".keras", StringComparison.Ordinal)) { continue; }
            string weights = Path.Combine(folder, $"{Path.GetFileName(Path.GetDirectoryName(file))}-{Path.GetFileName(file)}.h5");
            File.WriteAllBytes(weights, Weights(file));
            files.Add(weights);
        }

        return [.. files];
    }

    private static byte[] Weights(string keras)
    {
        using System.IO.Compression.ZipArchive zip = System.IO.Compression.ZipFile.OpenRead(keras);
        using Stream stream = zip.GetEntry("model.weights.h5")!.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
