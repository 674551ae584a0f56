using System.IO.Compression;
using Engram.Formats;
using Engram.Formats.PyTorch;
using Engram.Formats.Zip;

namespace Engram.Tests.Formats;

public sealed class TorchFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("types.pt")]
    [InlineData("types_old.pt")]
    [InlineData("types_protocol4.pt")]
    public void Every_type_is_read(string file)
    {
        TorchFile read = TorchFile.Read(Fixture(file));
        Assert.Equal(["f8", "f4", "f2", "bf2", "i8", "i4", "i2", "i1", "u1", "b1"], read.Arrays.Select(array => array.Name));
        foreach (NamedArray array in read.Arrays)
        {
            Assert.Equal(new Shape(2, 3, 4), array.Shape);
            Assert.Equal(Enumerable.Range(0, 24).Select(i => array.Name[0] switch
            {
                'f' => (0.625 * i) - 7,
                'i' => array.Name == "i1" ? (sbyte)((9 * i) - 100) : (9 * i) - 100,
                'u' => 9 * i,
                _ when array.Name == "b1" => i % 3 == 0 ? 1 : 0,
                _ => (0.625 * i) - 7,
            }), array.ToDoubles());
        }

        Assert.Equal(ElementType.BF16, read.Arrays[3].Type);
        Assert.Empty(read.Values);
    }

    [Theory]
    [InlineData("views.pt")]
    [InlineData("views_old.pt")]
    public void Views_of_one_storage_are_read(string file)
    {
        Dictionary<string, NamedArray> arrays = TorchFile.Read(Fixture(file)).Arrays.ToDictionary(array => array.Name, StringComparer.Ordinal);
        IEnumerable<double> Numbers(Func<int, int, int, int> at, int a, int b, int c) =>
            from i in Enumerable.Range(0, a) from j in Enumerable.Range(0, b) from k in Enumerable.Range(0, c) select (double)at(i, j, k);
        void Check(string name, int[] shape, IEnumerable<double> expected)
        {
            Assert.Equal(new Shape(shape), arrays[name].Shape);
            Assert.Equal(expected, arrays[name].ToDoubles());
        }

        Check("whole", [60], Numbers((i, _, _) => i, 60, 1, 1));
        Check("part", [12], Numbers((i, _, _) => i + 7, 12, 1, 1));
        Check("rows", [3, 12], Numbers((i, j, _) => (12 * (i + 1)) + j, 3, 12, 1));
        Check("columns", [5, 3], Numbers((i, j, _) => (12 * i) + 2 + (3 * j), 5, 3, 1));
        Check("turned", [5, 3, 4], Numbers((i, j, k) => (20 * j) + (5 * k) + i, 5, 3, 4));
        Check("repeated", [4, 2], Numbers((_, j, _) => 3 + j, 4, 2, 1));
        Check("scalar", [], [9]);
        Check("empty", [0, 3], []);
        Check("parameter", [3, 2], Numbers((i, j, _) => 20 + (3 * j) + i, 3, 2, 1));
    }

    [Fact]
    public void A_checkpoint_is_read_with_its_dictionaries_names()
    {
        TorchFile file = TorchFile.Read(Fixture("checkpoint.pt"));
        string[] names = [.. file.Arrays.Select(array => array.Name)];
        Assert.Equal(["model.rnn.weight_ih_l0", "model.rnn.weight_hh_l0", "model.rnn.bias_ih_l0", "model.rnn.bias_hh_l0", "model.norm.weight", "model.norm.bias", "model.fc.weight", "model.fc.bias"], names[..8]);
        Assert.Contains("optimizer.state.0.exp_avg_sq", names);
        Assert.Equal(("3", "0.25", "größe", "True", "None"), (file.Values["epoch"], file.Values["loss"], file.Values["name"], file.Values["done"], file.Values["none"]));
        Assert.Equal("0.001", file.Values["optimizer.param_groups.0.lr"]);
        Assert.Equal(["model.rnn"], new TorchStateDict("x", file.Arrays).RecurrentModules);
    }

    [Theory]
    [InlineData("module.pt", "torch.nn.modules.container.Sequential")]
    [InlineData("numpy.pt", "numpy.core.multiarray.scalar")]
    [InlineData("script.pt", "TorchScript")]
    public void What_only_running_code_would_bring_back_is_refused_by_name(string file, string mentions)
    {
        var error = Assert.Throws<EngramException>(() => TorchFile.Read(Fixture(file)));
        Assert.StartsWith(Fixture(file), error.Message, StringComparison.Ordinal);
        Assert.Contains(mentions, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickle_that_calls_the_system_is_refused_by_name()
    {
        string path = Path.Combine(Fixtures.Repository, "tests", "fixtures", "hostile", "pickle.pt");
        var error = Assert.Throws<EngramException>(() => TorchFile.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("'os.system'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("80025D71002868006800650A2E", "instruction 0x0a")]           // nonsense after a list that holds itself
    [InlineData("80025D710028680065682A2E", "number 42")]
    [InlineData("8002636275696C74696E730A6576616C0A5803000000312B3185522E", "'builtins.eval'")]
    [InlineData("80045808000000706F7369785F6F73", "posix", "ends where")]
    [InlineData("80048C056275696C74696E738C046576616C932E", "instruction")]
    [InlineData("8004950000000000000000", "ends where 1 more bytes")]
    [InlineData("80025D5D2E", "values left over")]
    [InlineData("8002652E", "did not open")]
    [InlineData("80028A11", "17 bytes")]
    [InlineData("8002580000004078", "text of 1073741824 bytes")]
    [InlineData("8009", "protocol")]
    public void A_wrong_pickle_is_an_error(string hex, params string[] mentions)
    {
        string path = Zip(("x/data.pkl", Convert.FromHexString(hex)));
        var error = Assert.Throws<EngramException>(() => TorchFile.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("data.pkl", error.Message, StringComparison.Ordinal);
        Assert.Contains(mentions, word => error.Message.Contains(word, StringComparison.Ordinal));
    }

    [Fact]
    public void Structures_without_end_are_refused()
    {
        // A list that holds itself, and one that doubles with every level.
        byte[] itself = Convert.FromHexString("80025D7100680061" + "2E");
        Assert.Contains("larger than the pickle", Assert.Throws<EngramException>(() => TorchFile.Read(Zip(("x/data.pkl", itself)))).Message, StringComparison.Ordinal);
        var doubling = new List<byte>([0x80, 2, (byte)']', (byte)'q', 0]);
        for (byte level = 1; level < 60; level++) { doubling.AddRange([(byte)'h', (byte)(level - 1), (byte)'h', (byte)(level - 1), 0x86, (byte)'q', level]); }
        byte[] pickle = [.. doubling, (byte)'0', .. Enumerable.Repeat((byte)'0', 59), (byte)'h', 59, (byte)'.'];
        Assert.Contains("larger than the pickle", Assert.Throws<EngramException>(() => TorchFile.Read(Zip(("x/data.pkl", pickle)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_storage_that_is_missing_or_has_another_length_is_an_error()
    {
        Dictionary<string, byte[]> entries = Entries(Fixture("types.pt"));
        string storage = entries.Keys.First(name => name.EndsWith("/data/1", StringComparison.Ordinal));
        byte[] bytes = entries[storage];
        entries[storage] = bytes[..^4];
        Assert.Contains(storage, Assert.Throws<EngramException>(() => TorchFile.Read(Zip([.. entries.Select(entry => (entry.Key, entry.Value))]))).Message, StringComparison.Ordinal);
        entries.Remove(storage);
        Assert.Contains("is missing", Assert.Throws<EngramException>(() => TorchFile.Read(Zip([.. entries.Select(entry => (entry.Key, entry.Value))]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_big_endian_file_is_read()
    {
        Dictionary<string, byte[]> entries = Entries(Fixture("types.pt"));
        TorchFile little = TorchFile.Read(Fixture("types.pt"));
        string start = entries.Keys.First()[..^"data.pkl".Length];
        for (int i = 0; i < little.Arrays.Count; i++)
        {
            byte[] bytes = entries[$"{start}data/{i}"];
            int size = ElementTypes.Size(little.Arrays[i].Type);
            for (int at = 0; at < bytes.Length; at += size) { bytes.AsSpan(at, size).Reverse(); }
        }

        entries[$"{start}byteorder"] = "big"u8.ToArray();
        TorchFile big = TorchFile.Read(Zip([.. entries.Select(entry => (entry.Key, entry.Value))]));
        for (int i = 0; i < little.Arrays.Count; i++) { Assert.Equal(little.Arrays[i].Bytes.ToArray(), big.Arrays[i].Bytes.ToArray()); }
    }

    [Fact]
    public void Any_cut_of_an_old_file_is_an_error()
    {
        byte[] good = File.ReadAllBytes(Fixture("types_old.pt"));
        for (int length = 0; length < good.Length; length++) { Assert.Throws<EngramException>(() => OldTorchFile.Read(good[..length], "x", ReadLimits.Default)); }
        Assert.Throws<EngramException>(() => OldTorchFile.Read([.. good, 0], "x", ReadLimits.Default));
    }

    private static Dictionary<string, byte[]> Entries(string path)
    {
        using FileBytes file = FileBytes.Open(path);
        var zip = new ZipContainer(file, ReadLimits.Default);
        return zip.Entries.Keys.ToDictionary(name => name, name => zip.ReadAll(name).ToArray(), StringComparer.Ordinal);
    }

    private string Zip(params (string Name, byte[] Bytes)[] entries)
    {
        string path = Path.Combine(folder, "made.pt");
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach ((string name, byte[] bytes) in entries)
        {
            using Stream stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            stream.Write(bytes);
        }

        return path;
    }

    private static string Fixture(string name) => Path.Combine(Fixtures.Repository, "tests", "fixtures", "torch", name);
}
