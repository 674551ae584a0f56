using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Engram.Formats.Zip;

/// <summary>An entry of a zip file.</summary>
/// <param name="Name">Its name, folders before it by slashes.</param>
/// <param name="Method">0 for stored, 8 for deflated.</param>
/// <param name="Crc">The check sum of its bytes.</param>
/// <param name="CompressedLength">How many bytes lie in the file.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="HeaderOffset">Where it begins.</param>
internal sealed record ZipEntry(string Name, int Method, uint Crc, long CompressedLength, long Length, long HeaderOffset);

/// <summary>
/// Reads zip files as they come from others: names twice or outside, entries that overlap, sizes beyond the limits and wrong check sums are
/// refused. Stored entries are read where they lie, deflated ones into memory; nothing is ever written.
/// </summary>
internal sealed class ZipContainer
{
    private const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50, EntrySignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndLength = 22, EntryLength = 46, LocalLength = 30, MostEntries = 65_536;
    private const int SmallEntry = 1 << 20; // harms no one, however well it was compressed

    private readonly FileBytes file;
    private readonly ReadLimits limits;
    private readonly Dictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);

    /// <summary>Reads the directory of a zip file.</summary>
    /// <param name="file">The file; it must stay open as long as entries are read.</param>
    /// <param name="limits">How much the file may ask for.</param>
    /// <exception cref="EngramException">The file is no zip file, or is damaged.</exception>
    public ZipContainer(FileBytes file, ReadLimits limits)
    {
        this.file = file;
        this.limits = limits;
        (long offset, long length, long count) = FindDirectory();
        if (offset < 0 || length < 0 || offset > file.Length || length > file.Length - offset) { throw Error("directory", $"lies at {offset} with {length} bytes in a file of {file.Length}; the file is cut short or damaged"); }
        if (count is < 0 or > MostEntries || length > limits.TextBytes) { throw Error("directory", $"lists {count} entries in {length} bytes, which is more than is read"); }
        ReadOnlySpan<byte> directory = file.Memory(offset, (int)length).Span;
        for (long i = 0; i < count; i++) { directory = ReadEntry(directory, offset); }
        RequireApart();
    }

    /// <summary>The entries by name.</summary>
    public IReadOnlyDictionary<string, ZipEntry> Entries => entries;

    /// <summary>The bytes of a text, checked against <see cref="ReadLimits.TextBytes"/>.</summary>
    /// <exception cref="EngramException">There is no such entry, it is too long or damaged.</exception>
    public ReadOnlyMemory<byte> ReadText(string name)
    {
        ZipEntry entry = Require(name);
        if (entry.Length > limits.TextBytes) { throw Error(name, $"has {entry.Length} bytes; at most {limits.TextBytes} are read (ReadLimits.TextBytes)"); }
        FileBytes bytes = Open(name);
        return bytes.Memory(0, (int)bytes.Length);
    }

    /// <summary>All bytes of an entry, in memory.</summary>
    /// <exception cref="EngramException">There is no such entry, it is too long or damaged.</exception>
    public ReadOnlyMemory<byte> ReadAll(string name)
    {
        FileBytes bytes = Open(name);
        return bytes.Length <= Math.Min(limits.ArrayBytes, Array.MaxLength)
            ? bytes.Memory(0, (int)bytes.Length)
            : throw Error(name, $"has {bytes.Length} bytes; at most {Math.Min(limits.ArrayBytes, Array.MaxLength)} are read (ReadLimits.ArrayBytes)");
    }

    /// <summary>The bytes of an entry, read where they are asked for if it is stored.</summary>
    /// <exception cref="EngramException">There is no such entry, it is too long or damaged.</exception>
    public FileBytes Open(string name)
    {
        (FileBytes bytes, Action check) = OpenUnchecked(name);
        check();
        return bytes;
    }

    /// <summary>As <see cref="Open"/>, but whether the check sum is right is found out later, and mostly from what was read until then.</summary>
    /// <param name="name">The entry's name.</param>
    /// <returns>The bytes, and what is to be called once they were read, or when something seems wrong with them: it refuses those that are damaged.</returns>
    /// <exception cref="EngramException">There is no such entry, or it is too long.</exception>
    public (FileBytes Bytes, Action Check) OpenUnchecked(string name)
    {
        ZipEntry entry = Require(name);
        FileBytes data = file.Slice(DataOffset(entry), entry.CompressedLength, $"{file.Name}: {name}");
        switch (entry.Method)
        {
            case 0:
                if (entry.Length != entry.CompressedLength) { throw Error(name, $"is stored, yet has {entry.CompressedLength} bytes in the file and {entry.Length} by itself"); }
                var summed = new SummedBytes(data);
                return (summed, () => Check(summed, entry));
            case 8:
                byte[] inflated = Inflate(data, entry);
                return (FileBytes.Of(inflated, data.Name), () => Check(new SummedBytes(FileBytes.Of(inflated, data.Name)), entry));
            default:
                throw Error(name, $"is compressed by method {entry.Method}; stored (0) and deflated (8) entries are read");
        }
    }

    private ZipEntry Require(string name) => entries.GetValueOrDefault(name) ?? throw Error(name, "is missing");

    private (long Offset, long Length, long Count) FindDirectory()
    {
        if (file.Length == 0) { throw new EngramException($"{file.Name}: is empty; expected a zip file."); }
        int tail = (int)Math.Min(file.Length, EndLength + ushort.MaxValue);
        long start = file.Length - tail;
        ReadOnlySpan<byte> bytes = file.Memory(start, tail).Span;
        for (int at = bytes.Length - EndLength; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) != EndSignature) { continue; }
            ReadOnlySpan<byte> end = bytes[at..];
            if (EndLength + UInt16(end, 20) != end.Length) { continue; } // the comment reaches to the file's end
            if (UInt16(end, 4) != 0 || UInt16(end, 6) != 0) { throw Error("directory", "is spread over several files"); }
            (long count, long length, long offset) = (UInt16(end, 10), UInt32(end, 12), UInt32(end, 16));
            return count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue ? FindDirectory64(start + at, (offset, length, count)) : (offset, length, count);
        }

        throw new EngramException($"{file.Name}: is no zip file, or its end is missing; the file is cut short or of another kind.");
    }

    private (long Offset, long Length, long Count) FindDirectory64(long end, (long, long, long) small)
    {
        if (end < 20) { return small; }
        ReadOnlySpan<byte> locator = file.Memory(end - 20, 20).Span;
        if (UInt32(locator, 0) != Locator64Signature) { return small; }
        ReadOnlySpan<byte> end64 = file.Memory(Int64(locator, 8), 56).Span;
        return UInt32(end64, 0) == End64Signature ? (Int64(end64, 48), Int64(end64, 40), Int64(end64, 32)) : throw Error("directory", "has a broken end for large files");
    }

    private ReadOnlySpan<byte> ReadEntry(ReadOnlySpan<byte> directory, long directoryOffset)
    {
        if (directory.Length < EntryLength || UInt32(directory, 0) != EntrySignature) { throw Error("directory", $"is damaged after {entries.Count} entries"); }
        int nameLength = UInt16(directory, 28), extraLength = UInt16(directory, 30), commentLength = UInt16(directory, 32);
        if (directory.Length < EntryLength + nameLength + extraLength + commentLength) { throw Error("directory", $"is damaged after {entries.Count} entries"); }
        string name = Name(directory.Slice(EntryLength, nameLength));
        (long compressed, long length, long header) = (UInt32(directory, 20), UInt32(directory, 24), UInt32(directory, 42));
        Widen(directory.Slice(EntryLength + nameLength, extraLength), name, ref length, ref compressed, ref header);
        if ((UInt16(directory, 8) & 1) != 0) { throw Error(name, "is encrypted, which is not supported"); }
        if (compressed < 0 || length < 0 || header < 0 || header > directoryOffset || compressed > directoryOffset - header)
        {
            throw Error(name, $"lies at {header} with {compressed} bytes, beyond the directory at {directoryOffset}");
        }

        if (!entries.TryAdd(name, new ZipEntry(name, UInt16(directory, 10), UInt32(directory, 16), compressed, length, header)))
        {
            throw Error(name, "stands twice, and which one counts is not for the reader to guess");
        }

        return directory[(EntryLength + nameLength + extraLength + commentLength)..];
    }

    // Sizes of 4 GiB and more stand in a field of their own, only those that do not fit.
    private void Widen(ReadOnlySpan<byte> extra, string name, ref long length, ref long compressed, ref long header)
    {
        while (extra.Length >= 4)
        {
            int size = UInt16(extra, 2);
            if (size > extra.Length - 4) { return; }
            if (UInt16(extra, 0) == 1)
            {
                ReadOnlySpan<byte> field = extra.Slice(4, size);
                length = Wide(ref field, length, name);
                compressed = Wide(ref field, compressed, name);
                header = Wide(ref field, header, name);
                return;
            }

            extra = extra[(4 + size)..];
        }
    }

    private long Wide(ref ReadOnlySpan<byte> field, long value, string name)
    {
        if (value != uint.MaxValue) { return value; }
        if (field.Length < 8) { throw Error(name, "has no size"); }
        long wide = Int64(field, 0);
        field = field[8..];
        return wide;
    }

    private string Name(ReadOnlySpan<byte> bytes)
    {
        string name = System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
        bool outside = name.Length == 0 || name[0] == '/' || name.AsSpan().IndexOfAny('\\', ':', '\0') >= 0 || name.Split('/').Contains("..");
        return outside ? throw Error($"'{name.Replace("\0", "\\0", StringComparison.Ordinal)}'", "is a name that points outside the file; expected one like config.json") : name;
    }

    private void RequireApart()
    {
        long end = 0;
        foreach (ZipEntry entry in entries.Values.OrderBy(entry => entry.HeaderOffset))
        {
            if (entry.HeaderOffset < end) { throw Error(entry.Name, "lies over another entry"); }
            end = entry.HeaderOffset + LocalLength + entry.CompressedLength;
        }
    }

    private long DataOffset(ZipEntry entry)
    {
        ReadOnlySpan<byte> header = file.Memory(entry.HeaderOffset, LocalLength).Span;
        if (UInt32(header, 0) != LocalSignature || UInt16(header, 8) != entry.Method) { throw Error(entry.Name, $"does not begin at {entry.HeaderOffset}, as the directory says"); }
        int nameLength = UInt16(header, 26);
        if (Name(file.Memory(entry.HeaderOffset + LocalLength, nameLength).Span) != entry.Name) { throw Error(entry.Name, $"has another name at {entry.HeaderOffset} than in the directory"); }
        return entry.HeaderOffset + LocalLength + nameLength + UInt16(header, 28);
    }

    private byte[] Inflate(FileBytes data, ZipEntry entry)
    {
        if (entry.Length > limits.ArrayBytes || entry.Length > Array.MaxLength) { throw Error(entry.Name, $"has {entry.Length} bytes; at most {Math.Min(limits.ArrayBytes, Array.MaxLength)} are read (ReadLimits.ArrayBytes)"); }
        if (entry.Length > SmallEntry && entry.Length / limits.Expansion > entry.CompressedLength) { throw Error(entry.Name, $"has {entry.Length} bytes compressed to {entry.CompressedLength}; at most {limits.Expansion} times as many are read (ReadLimits.Expansion)"); }
        var bytes = new byte[entry.Length];
        try
        {
            using var inflate = new DeflateStream(new FileBytesStream(data), CompressionMode.Decompress);
            int read = inflate.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (read < bytes.Length || inflate.ReadByte() >= 0) { throw Error(entry.Name, $"does not have the {entry.Length} bytes that the directory says"); }
        }
        catch (InvalidDataException e)
        {
            throw new EngramException($"{file.Name}: {entry.Name}: is damaged: {e.Message}", e);
        }

        return bytes;
    }

    private void Check(SummedBytes data, ZipEntry entry)
    {
        uint sum = data.CheckSum();
        if (sum != entry.Crc) { throw Error(entry.Name, $"has the check sum {sum:x8} instead of {entry.Crc:x8}; the file is damaged"); }
    }

    private EngramException Error(string place, string what) => new($"{file.Name}: {place}: {what}.");

    private static int UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
