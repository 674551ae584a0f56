using System.Buffers.Binary;
using System.Text;
using Engram.Formats;
using Engram.Formats.Safetensors;
using Xunit.Abstractions;

namespace Engram.Tests.Formats;

public sealed class SafetensorsTests(ITestOutputHelper output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_is_written_is_read_back()
    {
        float[] f = [1.5f, -0f, float.NaN, float.MaxValue, float.Epsilon, float.NegativeInfinity];
        double[] d = [Math.PI, -double.Epsilon];
        long[] i = [long.MinValue, 0, long.MaxValue];
        byte[] b = [0, 255];
        string path = Path.Combine(folder, "a.safetensors");
        var metadata = new Dictionary<string, string> { ["format"] = "engram", ["größe \"\n"] = "ü\\" };
        SafetensorsFile.Write(path,
            [new("w/kernel:0", [2, 3], f), new("ä", [2], d), new("i", [3, 1], i), new("b", [1, 2], b), new("none", [0, 5], Array.Empty<float>()), new("scalar", [], [7f])],
            metadata);

        SafetensorsFile file = SafetensorsFile.Read(path);
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal(["w/kernel:0", "ä", "i", "b", "none", "scalar"], file.Arrays.Select(array => array.Name));
        Assert.Equal(f.Select(BitConverter.SingleToInt32Bits), file["w/kernel:0"].ToFloats().Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(new Shape(2, 3), file["w/kernel:0"].Shape);
        Assert.Equal(d, file["ä"].ToDoubles());
        Assert.Equal(i, file["i"].ToInt64s());
        Assert.Equal(b, file["b"].Bytes.ToArray());
        Assert.Equal(ElementType.U8, file["b"].Type);
        Assert.Empty(file["none"].ToFloats());
        Assert.Equal(0, file["scalar"].Shape.Rank);
        Assert.Equal([7f], file["scalar"].ToFloats());
        Assert.Single(Directory.GetFiles(folder)); // no temporary file stays
    }

    [Theory]
    [InlineData("BOOL", "0001", 0, 1)]
    [InlineData("U8", "00FF", 0, 255)]
    [InlineData("I8", "80FF", -128, -1)]
    [InlineData("U16", "0100FFFF", 1, 65535)]
    [InlineData("I16", "0080FFFF", -32768, -1)]
    [InlineData("U32", "01000000FFFFFFFF", 1, 4294967295)]
    [InlineData("I32", "00000080FFFFFFFF", -2147483648, -1)]
    [InlineData("U64", "01000000000000000000000000000080", 1, 9223372036854775808)]
    [InlineData("I64", "0000000000000080FFFFFFFFFFFFFFFF", -9223372036854775808, -1)]
    [InlineData("F16", "003C00C1", 1, -2.5)]
    [InlineData("BF16", "803F20C0", 1, -2.5)]
    [InlineData("F32", "0000803F000020C0", 1, -2.5)]
    [InlineData("F64", "000000000000F03F00000000000004C0", 1, -2.5)]
    public void Every_type_is_read(string type, string hex, double first, double second)
    {
        byte[] data = Convert.FromHexString(hex);
        string path = WriteRaw($"{{\"a\":{{\"dtype\":\"{type}\",\"shape\":[2],\"data_offsets\":[0,{data.Length}]}}}}", data);
        NamedArray array = SafetensorsFile.Read(path)["a"];
        Assert.Equal([first, second], array.ToDoubles());
        Assert.Equal([(float)first, (float)second], array.ToFloats());
        if (type[0] is 'F' or 'B' && type != "BOOL") { Assert.Contains("not integers", Assert.Throws<EngramException>(array.ToInt64s).Message, StringComparison.Ordinal); }
        else if (type == "U64") { Assert.Contains("element 1", Assert.Throws<EngramException>(array.ToInt64s).Message, StringComparison.Ordinal); }
        else { Assert.Equal([(long)first, (long)second], array.ToInt64s()); }
    }

    [Fact]
    public void Hostile_files_are_refused_and_the_error_names_the_place()
    {
        var expected = new Dictionary<string, string>
        {
            ["header_too_long.safetensors"] = "9223372036854775808",
            ["header_past_end.safetensors"] = "100000 bytes",
            ["outside.safetensors"] = "ends at byte 640",
            ["overlap.safetensors"] = "starts at byte 32 inside array 'a'",
            ["backwards.safetensors"] = "before it starts at 64",
            ["shape_mismatch.safetensors"] = "take 96 bytes",
            ["overflow.safetensors"] = "4611686018427387904",
            ["negative.safetensors"] = "array 'a'",
            ["type.safetensors"] = "'F33'",
            ["twice.safetensors"] = "'a' stands twice",
            ["hole.safetensors"] = "belong to no array",
            ["not_utf8.safetensors"] = "UTF-8",
            ["deep.safetensors"] = "__metadata__",
        };
        Golden.Run(output, "hostile", golden =>
        {
            string path = golden.Folder.File(golden.Name);
            var error = Assert.Throws<EngramException>(() => SafetensorsFile.Read(path));
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            Assert.Contains(expected[golden.Name], error.Message, StringComparison.Ordinal);
        }, golden => golden.Name.EndsWith(".safetensors", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("[]", "JSON object")]
    [InlineData("{} x", "JSON")]
    [InlineData("{\"a\":1}", "array 'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}", "data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,0]}}", "shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1e30],\"data_offsets\":[0,0]}}", "shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0]}}", "two data_offsets")]
    [InlineData("{\"a\":{\"dtype\":7,\"shape\":[0],\"data_offsets\":[0,0]}}", "unknown type")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", "each once")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[[[0]]],\"data_offsets\":[0,0]}}", "JSON")]
    [InlineData("{\"__metadata__\":{\"k\":1}}", "must be a string")]
    [InlineData("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", "twice")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", "twice")]
    [InlineData("{\"\\ud800\":{}}", "Unicode")]
    public void A_wrong_header_is_an_error(string header, string mentions)
    {
        string path = WriteRaw(header, []);
        var error = Assert.Throws<EngramException>(() => SafetensorsFile.Read(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(mentions, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_cut_or_any_changed_header_byte_never_escapes_as_another_exception()
    {
        string path = Path.Combine(folder, "a.safetensors");
        SafetensorsFile.Write(path, [new("kernel", [2, 3], new float[6]), new("bias", [3], new double[3])], new Dictionary<string, string> { ["k"] = "v" });
        byte[] good = File.ReadAllBytes(path);
        int headerEnd = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(good);
        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(path, good[..length]);
            Assert.Throws<EngramException>(() => SafetensorsFile.Read(path));
        }

        for (int at = 0; at < headerEnd; at++)
        {
            foreach (byte change in (ReadOnlySpan<byte>)[0, (byte)'"', (byte)'9', (byte)'{', 0xFF])
            {
                byte[] bad = [.. good];
                bad[at] = change;
                File.WriteAllBytes(path, bad);
                try { SafetensorsFile.Read(path); }
                catch (EngramException) { }
            }
        }
    }

    [Fact]
    public void Missing_names_files_and_folders_are_named()
    {
        string path = WriteRaw("""{"kernel":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", [1]);
        var error = Assert.Throws<EngramException>(() => SafetensorsFile.Read(path)["bias"]);
        Assert.Contains("'bias'", error.Message, StringComparison.Ordinal);
        Assert.Contains("kernel", error.Message, StringComparison.Ordinal);
        Assert.Contains("gone.st", Assert.Throws<EngramException>(() => SafetensorsFile.Read(Path.Combine(folder, "gone.st"))).Message, StringComparison.Ordinal);
        Assert.Contains("no-folder", Assert.Throws<EngramException>(() => SafetensorsFile.Write(Path.Combine(folder, "no-folder", "x"), [])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SafetensorsFile.Write(path, [new("a", [1], [1f]), new("a", [1], [2f])]));
        Assert.Throws<ArgumentException>(() => new NamedArray("a", [2, 2], [1f, 2f, 3f]));
        Assert.Single(SafetensorsFile.Read(path).Arrays); // the failed write left the file as it was
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_file()
    {
        string path = Path.Combine(folder, "x.bin");
        AtomicFile.WriteText(path, "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder));
    }

    private string WriteRaw(string header, byte[] data)
    {
        string path = Path.Combine(folder, "raw.safetensors");
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(path, [.. length, .. text, .. data]);
        return path;
    }
}
