using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Engram.Formats.Zip;

/// <summary>
/// Writes zip files of stored entries. An entry is written straight to the file, in any order of its bytes; sizes and check sum are put in
/// afterwards, so that nothing of it needs to be in memory.
/// </summary>
/// <param name="stream">The file; it must be seekable and readable.</param>
internal sealed class ZipContainerWriter(Stream stream)
{
    private const int ExtraLength = 20; // room for sizes of 4 GiB and more
    private const uint Fixed1980 = 0x0021_0000; // the first of January 1980, which is as far back as the format goes

    private readonly List<ZipEntry> entries = [];

    /// <summary>Writes an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="bytes">Its bytes.</param>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        Write(name, target => target.Write(copy));
    }

    /// <summary>Writes an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="write">Writes its bytes from where the stream stands; it may go back within them, and need not end at their end.</param>
    public void Write(string name, Action<Stream> write)
    {
        long header = stream.Position;
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        stream.Write(new byte[30 + nameBytes.Length + ExtraLength]);
        long start = stream.Position;
        var summed = new ChecksumStream(stream);
        write(summed);
        long length = stream.Length - start;
        var entry = new ZipEntry(name, 0, summed.CheckSum ?? CheckSum(start, length), length, length, header);
        entries.Add(entry);
        stream.Position = header;
        Span<byte> local = stackalloc byte[30];
        Common(local, entry, UInt32(local, 0, 0x04034b50));
        UInt16(local, 26, nameBytes.Length);
        UInt16(local, 28, ExtraLength);
        stream.Write(local);
        stream.Write(nameBytes);
        stream.Write(Extra(length, null));
        stream.Position = start + length;
    }

    /// <summary>Writes the directory, behind all entries.</summary>
    public void Finish()
    {
        long start = stream.Position;
        Span<byte> header = stackalloc byte[46];
        foreach (ZipEntry entry in entries)
        {
            byte[] name = Encoding.UTF8.GetBytes(entry.Name), extra = entry.Length >= uint.MaxValue || entry.HeaderOffset >= uint.MaxValue ? Extra(entry.Length, entry.HeaderOffset) : [];
            header.Clear();
            UInt16(header, 4, 45);
            Common(header[2..], entry, UInt32(header, 0, 0x02014b50));
            UInt16(header, 28, name.Length);
            UInt16(header, 30, extra.Length);
            UInt32(header, 38, 0x01800000); // a file that its owner reads and writes
            UInt32(header, 42, extra.Length > 0 ? uint.MaxValue : (uint)entry.HeaderOffset);
            if (extra.Length > 0)
            {
                UInt32(header, 20, uint.MaxValue);
                UInt32(header, 24, uint.MaxValue);
            }

            stream.Write(header);
            stream.Write(name);
            stream.Write(extra);
        }

        WriteEnd(start, stream.Position - start);
    }

    private void WriteEnd(long start, long length)
    {
        if (start >= uint.MaxValue)
        {
            long at = stream.Position;
            Span<byte> end64 = stackalloc byte[56 + 20];
            end64.Clear();
            UInt32(end64, 0, 0x06064b50);
            BinaryPrimitives.WriteInt64LittleEndian(end64[4..], 44);
            UInt16(end64, 12, 45);
            UInt16(end64, 14, 45);
            BinaryPrimitives.WriteInt64LittleEndian(end64[24..], entries.Count);
            BinaryPrimitives.WriteInt64LittleEndian(end64[32..], entries.Count);
            BinaryPrimitives.WriteInt64LittleEndian(end64[40..], length);
            BinaryPrimitives.WriteInt64LittleEndian(end64[48..], start);
            UInt32(end64, 56, 0x07064b50);
            BinaryPrimitives.WriteInt64LittleEndian(end64[64..], at);
            UInt32(end64, 72, 1);
            stream.Write(end64);
        }

        Span<byte> end = stackalloc byte[22];
        end.Clear();
        UInt32(end, 0, 0x06054b50);
        UInt16(end, 8, entries.Count);
        UInt16(end, 10, entries.Count);
        UInt32(end, 12, (uint)length);
        UInt32(end, 16, start >= uint.MaxValue ? uint.MaxValue : (uint)start);
        stream.Write(end);
    }

    // From "version needed" to the sizes; the two kinds of header have them at the same distance.
    private static void Common(Span<byte> header, ZipEntry entry, int after)
    {
        header[after..].Clear();
        UInt16(header, 4, entry.Length >= uint.MaxValue ? 45 : 20);
        UInt16(header, 6, 1 << 11); // names are UTF-8
        UInt32(header, 10, Fixed1980);
        UInt32(header, 14, entry.Crc);
        UInt32(header, 18, entry.Length >= uint.MaxValue ? uint.MaxValue : (uint)entry.Length);
        UInt32(header, 22, entry.Length >= uint.MaxValue ? uint.MaxValue : (uint)entry.Length);
    }

    // Sizes of 4 GiB and more; where they are smaller, a field that nobody reads fills the room.
    private static byte[] Extra(long length, long? offset)
    {
        var extra = new byte[offset is null ? ExtraLength : ExtraLength + 8];
        bool large = length >= uint.MaxValue || offset is not null;
        UInt16(extra, 0, large ? 1 : 0x4745);
        UInt16(extra, 2, extra.Length - 4);
        if (large)
        {
            BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(4), length);
            BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(12), length);
            if (offset is { } at) { BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(20), at); }
        }

        return extra;
    }

    private uint CheckSum(long start, long length)
    {
        stream.Position = start;
        ZipChecksum crc = default;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        for (long left = length; left > 0;)
        {
            int read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0) { throw new IOException("What was just written cannot be read back."); }
            crc.Add(buffer.AsSpan(0, read));
            left -= read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return crc.Value;
    }

    private static void UInt16(Span<byte> bytes, int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes[at..], (ushort)value);

    private static int UInt32(Span<byte> bytes, int at, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);
        return at + 4;
    }
}
