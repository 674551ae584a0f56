using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Engram.Formats;
using Engram.Formats.Npy;
using Engram.Formats.PyTorch;
using Engram.Formats.Safetensors;
using Engram.Formats.Zip;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;

namespace Engram.Tests.Formats;

/// <summary>Damaged files of arrays: each is read or refused, never anything else.</summary>
public sealed partial class TensorFileFuzzTests(ITestOutputHelper output)
{
    private const int Files = 200_000;

    [Fact]
    public void Damaged_safetensors_files()
    {
        byte[][] seeds = [.. new[] { "lstm.safetensors", "rnn.io.safetensors", "rnn_lengths_bidirectional.io.safetensors" }.Select(name => Bytes("pytorch", name))];
        Fuzz.Run(Files, random => random.Next(3) == 0 ? InHeader(random, seeds) : Mutator.Mutate(random, seeds, _ => [0, 1, 2, 8]), bytes =>
        {
            using var stream = new MemoryStream(bytes);
            foreach (NamedArray array in SafetensorsFile.Read(stream, "fuzz", ReadLimits.Default)) { array.ToFloats(); }
        }, output.WriteLine);
    }

    [Fact]
    public void Damaged_npy_files()
    {
        byte[][] seeds = [.. new[] { "version_1.npy", "version_2.npy", "version_3.npy", "object.npy", "fields.npy", "text.npy" }.Select(name => Bytes("npy", name)),
            .. EntriesOf("npy", "all.npz").Where(entry => entry.Name is "f8_fortran.npy" or "i2_big.npy" or "b1_little.npy").Select(entry => entry.Bytes)];
        Fuzz.Run(Files, random => random.Next(3) == 0 ? WithNumbers(random, seeds[random.Next(seeds.Length)]) : Mutator.Mutate(random, seeds, _ => [6, 8, 9, 10]),
            bytes => NpyFile.Read(bytes, "fuzz", "fuzz", ReadLimits.Default).ToFloats(), output.WriteLine);
    }

    [Fact]
    public void Damaged_npz_files()
    {
        byte[][] seeds = [Zip([("a.npy", Bytes("npy", "version_1.npy")), ("b.npy", Bytes("npy", "version_3.npy"))], CompressionLevel.NoCompression), Zip([("a.npy", Bytes("npy", "version_2.npy"))], CompressionLevel.Optimal)];
        Fuzz.Run(Files, random => Mutator.Mutate(random, seeds, Directory), bytes =>
        {
            foreach (NamedArray array in NpzFile.Read(FileBytes.Of(bytes, "fuzz"), ReadLimits.Default)) { array.ToFloats(); }
        }, output.WriteLine);
    }

    [Fact]
    public void Damaged_pickles()
    {
        byte[][] seeds = [.. new[] { "types.pt", "types_protocol4.pt", "views.pt", "checkpoint.pt", "module.pt", "numpy.pt" }
            .Select(name => EntriesOf("torch", name).Single(entry => entry.Name.EndsWith("/data.pkl", StringComparison.Ordinal)).Bytes), Bytes("hostile", "pickle.pt")];
        byte[] numbers = new byte[4096];
        Fuzz.Run(Files / 2, random => Mutator.Mutate(random, seeds), bytes =>
        {
            object? root = new PickleReader(bytes, "fuzz", ReadLimits.Default).Read();
            TorchFile file = TorchFile.Create("fuzz", root, bytes.Length, bytes.Length, storage => storage.Count * ElementTypes.Size(storage.Type) <= numbers.Length && storage.Count >= 0
                ? numbers.AsMemory(0, (int)storage.Count * ElementTypes.Size(storage.Type))
                : throw new EngramException("fuzz: the storage is not there."), ReadLimits.Default);
            foreach (NamedArray array in file.Arrays) { array.ToFloats(); }
        }, output.WriteLine);
    }

    [Fact]
    public void Damaged_zip_files_of_PyTorch()
    {
        (string Name, byte[] Bytes)[][] seeds = [[.. EntriesOf("torch", "types.pt")], [.. EntriesOf("torch", "views.pt")]];
        byte[][] whole = [Bytes("torch", "types.pt"), Bytes("torch", "views.pt")];
        Fuzz.Run(Files / 4, random =>
        {
            if (random.Next(2) == 0) { return Mutator.Mutate(random, whole, Directory); }
            // One entry is damaged and the zip made anew, so that its checksum does not give it away.
            (string Name, byte[] Bytes)[] entries = [.. seeds[random.Next(seeds.Length)]];
            int damaged = random.Next(entries.Length);
            entries[damaged].Bytes = Mutator.Mutate(random, [entries[damaged].Bytes]);
            return Zip(entries, CompressionLevel.NoCompression);
        }, bytes =>
        {
            foreach (NamedArray array in TorchFile.FromZip(FileBytes.Of(bytes, "fuzz"), ReadLimits.Default).Arrays) { array.ToFloats(); }
        }, output.WriteLine);
    }

    [Fact]
    public void Damaged_old_files_of_PyTorch()
    {
        byte[][] seeds = [Bytes("torch", "types_old.pt"), Bytes("torch", "views_old.pt")];
        Fuzz.Run(Files / 4, random => Mutator.Mutate(random, seeds), bytes =>
        {
            foreach (NamedArray array in OldTorchFile.Read(bytes, "fuzz", ReadLimits.Default).Arrays) { array.ToFloats(); }
        }, output.WriteLine);
    }

    // The header's text changed where its numbers and words are, its length kept right.
    private static byte[] InHeader(Random random, byte[][] seeds)
    {
        byte[] seed = seeds[random.Next(seeds.Length)];
        int length = (int)BitConverter.ToInt64(seed);
        byte[] header = random.Next(2) == 0 ? WithNumbers(random, seed.AsSpan(8, length).ToArray()) : Mutator.Mutate(random, [seed.AsSpan(8, length).ToArray()]);
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. seed.AsSpan(8 + length)];
    }

    // Some of a text's numbers become others.
    private static byte[] WithNumbers(Random random, byte[] bytes)
    {
        string[] extremes = ["0", "-1", "1", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e300", "0.5", "[]", "null", "\"\"", "{}"];
        string text = Encoding.Latin1.GetString(bytes);
        return Encoding.Latin1.GetBytes(Numbers().Replace(text, match => random.Next(6) != 0 ? match.Value
            : random.Next(2) == 0 ? extremes[random.Next(extremes.Length)]
            : (long.TryParse(match.Value, CultureInfo.InvariantCulture, out long number) ? number + random.Next(-9, 10) : random.Next()).ToString(CultureInfo.InvariantCulture)));
    }

    // The places of a zip's records, whose fields follow within some 40 bytes.
    private static List<int> Directory(byte[] zip)
    {
        var places = new List<int>();
        for (int at = 0; (at = zip.AsSpan(at).IndexOf("PK"u8) is var next && next >= 0 ? at + next : -1) >= 0; at += 2)
        {
            for (int field = 4; field < 46 && at + field < zip.Length; field += 2) { places.Add(at + field); }
        }

        return places;
    }

    private static byte[] Zip((string Name, byte[] Bytes)[] entries, CompressionLevel level)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream stream = zip.CreateEntry(name, level).Open();
                stream.Write(bytes);
            }
        }

        return memory.ToArray();
    }

    private static IEnumerable<(string Name, byte[] Bytes)> EntriesOf(string folder, string name)
    {
        var zip = new ZipContainer(FileBytes.Of(Bytes(folder, name), name), ReadLimits.Default);
        return [.. zip.Entries.Keys.Select(entry => (entry, zip.ReadAll(entry).ToArray()))];
    }

    private static byte[] Bytes(string folder, string name) => File.ReadAllBytes(Path.Combine(Fixtures.Repository, "tests", "fixtures", folder, name));

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();
}
