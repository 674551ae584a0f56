using System.IO.Compression;
using System.Text;
using Engram.Formats;
using Engram.Formats.Npy;
using Engram.Formats.Safetensors;
using Xunit.Abstractions;

namespace Engram.Tests.Formats;

public sealed class NpyTests(ITestOutputHelper output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-tests-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("all.npz")]
    [InlineData("all_deflated.npz")]
    public void Every_type_order_and_byte_order_of_NumPy_is_read(string file)
    {
        Dictionary<string, NamedArray> arrays = NpzFile.Read(Fixture(file)).ToDictionary(array => array.Name, StringComparer.Ordinal);
        Assert.Equal(40, arrays.Count);
        foreach ((string name, NamedArray array) in arrays)
        {
            (int[] shape, double[] expected) = name switch
            {
                "f4_scalar" => ([], [2.5]),
                "f4_empty" => ([0, 5], []),
                "f4_one" => ([7], [0, 1, 2, 3, 4, 5, 6]),
                _ => (new int[] { 2, 3, 4 }, Expected(name)),
            };
            Assert.Equal(new Shape(shape), array.Shape);
            Assert.Equal(expected, array.ToDoubles());
            Assert.Equal(NpyTypes.Description(array)[1..], name[..2]);
        }
    }

    [Fact]
    public void Every_version_is_read()
    {
        for (int version = 1; version <= 3; version++)
        {
            NamedArray array = NpyFile.Read(Fixture($"version_{version}.npy"));
            Assert.Equal($"version_{version}", array.Name);
            Assert.Equal(Expected("f4"), array.ToDoubles());
        }
    }

    [Theory]
    [InlineData("object.npy", "Python objects")]
    [InlineData("fields.npy", "fields")]
    [InlineData("complex.npy", "'<c8'")]
    [InlineData("text.npy", "'<U2'")]
    public void What_is_no_array_of_numbers_is_refused(string file, string mentions)
    {
        var error = Assert.Throws<EngramException>(() => NpyFile.Read(Fixture(file)));
        Assert.StartsWith(Fixture(file), error.Message, StringComparison.Ordinal);
        Assert.Contains(mentions, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }", "cut short")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "4 bytes follow")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4, 4), }", "every axis")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647), }", "no file can hold")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 4), }", "ArrayBytes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }", "tuple of whole numbers")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': 3, }", "'('")]
    [InlineData("{'descr': '<f4', 'fortran_order': 1, 'shape': (3,), }", "True nor False")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "each once")]
    [InlineData("{'descr': '<f4', 'shape': (3,), }", "must have")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), } x", "behind its end")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3", "tuple of whole numbers")]
    [InlineData("{'descr': '<f4", "without an end")]
    [InlineData("__import__('os').system('true')", "'{'")]
    [InlineData("", "'{'")]
    [InlineData("{'descr': '|f4', 'fortran_order': False, 'shape': (3,), }", "'|f4'")]
    public void A_wrong_header_is_an_error(string header, string mentions)
    {
        string path = Path.Combine(folder, "x.npy");
        File.WriteAllBytes(path, [.. NpyHeader.Magic, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. new byte[12]]);
        var error = Assert.Throws<EngramException>(() => NpyFile.Read(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(mentions, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_files_are_refused()
    {
        string path = Path.Combine(folder, "x.npy");
        foreach (byte[] bytes in (byte[][])[[], [0x93], [.. "no numbers here"u8], [.. NpyHeader.Magic, 9, 0, 0, 0], [.. NpyHeader.Magic, 2, 0, 255, 255, 255, 255]])
        {
            File.WriteAllBytes(path, bytes);
            Assert.StartsWith(path, Assert.Throws<EngramException>(() => NpyFile.Read(path)).Message, StringComparison.Ordinal);
            Assert.StartsWith(path, Assert.Throws<EngramException>(() => NpzFile.Read(path)).Message, StringComparison.Ordinal);
        }

        Assert.Contains("gone", Assert.Throws<EngramException>(() => NpyFile.Read(Path.Combine(folder, "gone.npy"))).Message, StringComparison.Ordinal);
        Assert.Contains("gone", Assert.Throws<EngramException>(() => NpzFile.Read(Path.Combine(folder, "gone.npz"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_with_other_entries_or_one_twice_or_a_bomb_is_refused()
    {
        byte[] npy = File.ReadAllBytes(Fixture("version_1.npy"));
        Refused("'notes.txt' is no array", ("a.npy", npy), ("notes.txt", [1]));
        Refused("stands twice", ("a.npy", npy), ("a.npy", npy));
        Refused("Expansion", ("a.npy", new byte[50_000_000]));

        string path = Path.Combine(folder, "bytes.npz");
        byte[] bytes = File.ReadAllBytes(Fixture("all.npz"));
        int data = bytes.AsSpan().IndexOf("NUMPY"u8) + 130;
        bytes[data] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("check sum", Assert.Throws<EngramException>(() => NpzFile.Read(path)).Message, StringComparison.Ordinal);
        Assert.Contains("ReadLimits", Assert.Throws<EngramException>(() => NpzFile.Read(Fixture("all.npz"), new ReadLimits { ArrayBytes = 100 })).Message, StringComparison.Ordinal);

        void Refused(string mentions, params (string Name, byte[] Bytes)[] entries)
        {
            string file = Path.Combine(folder, "entries.npz");
            using (var zip = new ZipArchive(File.Create(file), ZipArchiveMode.Create))
            {
                foreach ((string name, byte[] content) in entries)
                {
                    using Stream stream = zip.CreateEntry(name).Open();
                    stream.Write(content);
                }
            }

            Assert.Contains(mentions, Assert.Throws<EngramException>(() => NpzFile.Read(file)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        NamedArray[] arrays = All();
        foreach (bool compress in (bool[])[false, true])
        {
            string path = Path.Combine(folder, "x.npz");
            NpzFile.Write(path, arrays, compress);
            IReadOnlyList<NamedArray> back = NpzFile.Read(path);
            Assert.Equal(arrays.Select(array => array.ToString()), back.Select(array => array.ToString()));
            for (int i = 0; i < arrays.Length; i++) { Assert.Equal(arrays[i].Bytes.ToArray(), back[i].Bytes.ToArray()); }
        }

        foreach (NamedArray array in arrays)
        {
            string path = Path.Combine(folder, "x.npy");
            NpyFile.Write(path, array);
            NamedArray back = NpyFile.Read(path);
            Assert.Equal((array.Type, array.Shape), (back.Type, back.Shape));
            Assert.Equal(array.Bytes.ToArray(), back.Bytes.ToArray());
        }

        Assert.Contains("BF16", Assert.Throws<EngramException>(() => NpyFile.Write(Path.Combine(folder, "b.npy"), new("b", ElementType.BF16, [1], [0, 0]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => NpzFile.Write(Path.Combine(folder, "b.npz"), [arrays[0], arrays[0]]));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void NumPy_reads_what_is_written()
    {
        NpzFile.Write(Path.Combine(folder, "x.npz"), All());
        NpzFile.Write(Path.Combine(folder, "y.npz"), All(), compress: true);
        foreach (NamedArray array in All()) { NpyFile.Write(Path.Combine(folder, array.Name + ".npy"), array); }
        SafetensorsFile.Write(Path.Combine(folder, "expected.safetensors"), All());
        if (PythonPeer.Run(output, "numpy", """
            import sys, json, struct, numpy as np
            folder = sys.argv[1]
            data = open(folder + '/expected.safetensors', 'rb').read()
            n = struct.unpack('<Q', data[:8])[0]
            header = json.loads(data[8:8 + n])
            types = dict(BOOL='?', U8='u1', I8='i1', U16='u2', I16='i2', U32='u4', I32='i4', U64='u8', I64='i8', F16='f2', F32='f4', F64='f8')
            x, y = np.load(folder + '/x.npz'), np.load(folder + '/y.npz')
            assert x.files == list(header) == y.files
            for name, entry in header.items():
                a, b = entry['data_offsets']
                expected = np.frombuffer(data[8 + n + a:8 + n + b], types[entry['dtype']]).reshape(entry['shape'])
                for actual in (x[name], y[name], np.load(folder + '/' + name + '.npy')):
                    assert actual.dtype == expected.dtype and actual.shape == expected.shape and actual.tobytes() == expected.tobytes(), name
            """, folder))
        {
            output.WriteLine($"{All().Length} arrays, each in three files, are equal in NumPy.");
        }
    }

    private static NamedArray[] All()
    {
        var random = new Random(1);
        var arrays = new List<NamedArray> { new("scalar", [], [2.5f]), new("empty", [0, 3], Array.Empty<float>()), new("one", [7], Enumerable.Range(0, 7).Select(i => (double)i).ToArray()) };
        foreach (ElementType type in Enum.GetValues<ElementType>().Where(type => type != ElementType.BF16))
        {
            byte[] bytes = new byte[30 * ElementTypes.Size(type)];
            random.NextBytes(bytes);
            if (type == ElementType.Bool) { for (int i = 0; i < bytes.Length; i++) { bytes[i] &= 1; } }
            arrays.Add(new NamedArray($"array_{type}", type, [2, 3, 5], bytes));
        }

        return [.. arrays];
    }

    // As the fixtures were made: bool i % 3 == 0, unsigned 9 i, signed 9 i - 100, floats 0.625 i - 7.
    private static double[] Expected(string name) => [.. Enumerable.Range(0, 24).Select(i => name[0] switch
    {
        'b' => i % 3 == 0 ? 1.0 : 0.0,
        'u' => 9 * i,
        'i' => (9 * i) - 100,
        _ => (0.625 * i) - 7,
    })];

    private static string Fixture(string name) => Path.Combine(Fixtures.Repository, "tests", "fixtures", "npy", name);
}
