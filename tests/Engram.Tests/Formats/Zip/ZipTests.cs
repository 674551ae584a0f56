using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Engram.Formats;
using Engram.Formats.Zip;

namespace Engram.Tests.Formats.Zip;

/// <summary>The zip reader and writer against .NET's own, and what is refused.</summary>
public sealed class ZipTests
{
    public static TheoryData<string, string> Refused => new()
    {
        { "twice", "twice" }, { "outside", "outside" }, { "checksum", "check sum" }, { "cut", "no zip file" }, { "overlap", "over another" }, { "lie", "does not have" },
        { "bomb", "Expansion" }, { "other name", "another name" }, { "encrypted", "encrypted" },
    };

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Entries_are_read(CompressionLevel level)
    {
        byte[] large = new byte[300_001];
        new Random(3).NextBytes(large);
        var zip = new ZipContainer(FileBytes.Of(Archive(level, ("a.txt", "text"u8.ToArray()), ("folder/b", large), ("empty", [])), "test.zip"), ReadLimits.Default);
        Assert.Equal(["a.txt", "folder/b", "empty"], zip.Entries.Keys);
        Assert.Equal("text", Encoding.UTF8.GetString(zip.ReadText("a.txt").Span));
        Assert.Equal(large, zip.ReadAll("folder/b").ToArray());
        Assert.Equal(0, zip.Open("empty").Length);
    }

    [Fact]
    public void What_is_written_is_read_by_others()
    {
        var random = new Random(4);
        using var stream = new MemoryStream();
        var zip = new ZipContainerWriter(stream);
        var written = new List<(string Name, byte[] Bytes)>();
        foreach (int length in (int[])[0, 1, 15, 16, 17, 63, 64, 127, 128, 129, 191, 192, 1000, 70_000])
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            written.Add(($"entry {length}", bytes));
            zip.Write(written[^1].Name, bytes);
        }

        // One that goes back to its start, as a format with a table of contents does.
        zip.Write("back", target =>
        {
            long start = target.Position;
            target.Write("????tail"u8);
            target.Position = start;
            target.Write("head"u8);
        });
        written.Add(("back", "headtail"u8.ToArray()));
        zip.Finish();
        using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
        Assert.Equal(written.Select(entry => entry.Name), archive.Entries.Select(entry => entry.FullName));
        var again = new ZipContainer(FileBytes.Of(stream.ToArray(), "test.zip"), ReadLimits.Default);
        foreach ((string name, byte[] bytes) in written)
        {
            using var copy = new MemoryStream();
            using (Stream entry = archive.GetEntry(name)!.Open()) { entry.CopyTo(copy); }
            Assert.Equal(bytes, copy.ToArray());
            Assert.Equal(bytes, again.ReadAll(name).ToArray()); // with its check sum
        }
    }

    [Fact]
    public void The_check_sum_is_the_standards_own()
    {
        ZipChecksum sum = default;
        sum.Add("1234"u8);
        sum.Add("56789"u8);
        Assert.Equal(0xCBF43926u, sum.Value); // the check value of CRC-32 in its standard, ISO 3309
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_file_that_cannot_be_trusted_is_refused(string kind, string message)
    {
        EngramException e = Assert.Throws<EngramException>(() =>
        {
            var zip = new ZipContainer(FileBytes.Of(Damaged(kind), "test.zip"), ReadLimits.Default);
            foreach (string name in zip.Entries.Keys) { zip.ReadAll(name); }
        });
        Assert.StartsWith("test.zip: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    private static byte[] Damaged(string kind)
    {
        byte[] text = "some text of a certain length"u8.ToArray();
        byte[] zip = kind switch
        {
            "twice" => Archive(CompressionLevel.NoCompression, ("config.json", text), ("config.json", text)),
            "outside" => Archive(CompressionLevel.NoCompression, ("../../outside", text)),
            "lie" => Archive(CompressionLevel.Optimal, ("a", [.. text, .. text])),
            "bomb" => Archive(CompressionLevel.Optimal, ("a", new byte[10_000_000])),
            _ => Archive(CompressionLevel.NoCompression, ("a", text), ("b", text)),
        };
        int directory = zip.AsSpan().IndexOf("PK\u0001\u0002"u8), second = directory + 46 + 1;
        switch (kind)
        {
            case "checksum":
                zip[zip.AsSpan().IndexOf(text)] ^= 1;
                break;
            case "cut":
                return zip[..^4];
            case "overlap":
                BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(second + 42), 2);
                break;
            case "lie":
                BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(directory + 24), 1000);
                break;
            case "other name":
                zip[30] = (byte)'c';
                break;
            case "encrypted":
                zip[directory + 8] |= 1;
                break;
            default:
                break;
        }

        return zip;
    }

    private static byte[] Archive(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
