using Engram.Formats;
using Engram.Formats.Onnx;
using Engram.Formats.Onnx.Export;
using Engram.Formats.Onnx.Wire;
using Engram.Models;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Onnx;

public sealed class OnnxHostileTests(ITestOutputHelper output)
{
    private static string Folder => Path.Combine(Fixtures.Repository, "tests", "fixtures", "onnx");

    [Theory]
    [InlineData("external_data", "array 'W'", "another file")]
    [InlineData("short_raw", "array 'W'", "316 bytes")]
    [InlineData("huge_dims", "array 'W'", "1152921504606846976")]
    [InlineData("cycle", "node 0 (LSTM)", "cycle")]
    [InlineData("unknown_op", "node 0 (LSTMX)", "not read")]
    [InlineData("wrong_hidden", "node 0 (LSTM)", "hidden_size 50")]
    [InlineData("future_opset", "operator set", "9999")]
    [InlineData("cut", "byte", "cut short")]
    public void A_hostile_file_is_refused_with_its_name_and_the_place(string name, string place, string why)
    {
        string path = Path.Combine(Folder, "hostile", name + ".onnx");
        long before = GC.GetAllocatedBytesForCurrentThread();
        EngramException error = Assert.Throws<EngramException>(() => OnnxModel.Load(path));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10_000_000);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_files_are_refused_too()
    {
        string missing = Path.Combine(Folder, "there_is_none.onnx");
        Assert.StartsWith(missing, Assert.Throws<EngramException>(() => OnnxModel.Load(missing)).Message, StringComparison.Ordinal);
        Refused([]);
        Refused(new byte[100]);
        Refused([.. Enumerable.Repeat((byte)0x0B, 100_000)]); // groups in groups
        Refused([.. Enumerable.Range(0, 30_000).SelectMany(_ => new byte[] { 0x3A, 0x7F })]);
        Assert.Contains("ArrayBytes", Assert.Throws<EngramException>(
            () => OnnxModel.Load(Path.Combine(Folder, "lstm.onnx"), new ReadLimits { ArrayBytes = 100 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_many_nodes_is_read_without_recursion()
    {
        var graph = new OnnxGraphWriter { Prefix = "n" };
        graph.Input("x", OnnxElementType.Float32, new Shape(Shape.Unknown, 3));
        string value = "x";
        for (int i = 0; i < 30_000; i++) { value = graph.Node("Identity", [value]); }
        for (int i = 0; i < 3_000; i++) { value = graph.Node("Tanh", [value]); }
        graph.Output(value, "y", new Shape(Shape.Unknown, 3));
        using var stream = new MemoryStream();
        new ProtoFields().Integer(1, 8).Message(7, graph.Finish("deep"))
            .Message(8, new ProtoFields().Text(1, "").Integer(2, 17)).Write(stream);
        OnnxModel onnx = OnnxModel.Load(stream, "deep.onnx", ReadLimits.Default);
        Assert.Equal(3_001, onnx.Model.Layers.Count);
    }

    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        byte[][] seeds = [.. Directory.GetFiles(Folder, "*.onnx").Select(File.ReadAllBytes).Concat(ExportedModels.All().Select(entry => Exported(entry.Model))).Where(bytes => bytes.Length < 5000)];
        Dictionary<byte[], int[]> places = seeds.ToDictionary(seed => seed, Places);
        Fuzz.Run(
            200_000,
            random => Mutator.Mutate(random, seeds, seed => places[seed]),
            bytes =>
            {
                using var stream = new MemoryStream(bytes);
                OnnxModel.Load(stream, "damaged.onnx", ReadLimits.Default);
            },
            output.WriteLine);
    }

    private static byte[] Exported(Network model)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        model.ExportOnnx(path);
        byte[] bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }

    // Where tags and lengths of messages stand: field numbers, wire types and lengths are worth more than what lies between them.
    private static int[] Places(byte[] file)
    {
        var places = new List<int>();
        Walk(file, 0, file.Length, places, 0);
        return [.. places];
    }

    private static bool Walk(byte[] file, int at, int end, List<int> places, int depth)
    {
        while (at < end)
        {
            int tagAt = at;
            if (!Varint(file, ref at, end, out ulong tag) || tag >> 3 == 0) { return false; }
            places.Add(tagAt);
            int valueAt = at;
            switch (tag & 7)
            {
                case 0:
                    if (!Varint(file, ref at, end, out _)) { return false; }
                    places.Add(valueAt);
                    break;
                case 1: at += 8; break;
                case 5: at += 4; break;
                case 2:
                    if (!Varint(file, ref at, end, out ulong length) || length > (ulong)(end - at)) { return false; }
                    places.Add(valueAt);
                    int count = places.Count;
                    if (depth > 6 || !Walk(file, at, at + (int)length, places, depth + 1)) { places.RemoveRange(count, places.Count - count); }
                    at += (int)length;
                    break;
                default: return false;
            }
        }

        return at == end;
    }

    private static bool Varint(byte[] file, ref int at, int end, out ulong value)
    {
        value = 0;
        for (int shift = 0; at < end && shift < 64; shift += 7)
        {
            byte b = file[at++];
            value |= (ulong)(b & 127) << shift;
            if (b < 128) { return true; }
        }

        return false;
    }

    private static void Refused(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        Assert.StartsWith("file.onnx: ", Assert.Throws<EngramException>(() => OnnxModel.Load(stream, "file.onnx", ReadLimits.Default)).Message, StringComparison.Ordinal);
    }
}
