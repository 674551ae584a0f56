using System.Buffers.Binary;
using System.IO.Compression;

namespace Engram.Formats.Hdf5;

/// <summary>The filters that an array's chunks went through when they were written: deflate, shuffle, fletcher32.</summary>
internal sealed class Hdf5Filters
{
    private const int Deflate = 1, Shuffle = 2, Fletcher32 = 3;

    private readonly List<(int Id, string Name)> filters = [];
    private readonly int elementSize;

    /// <summary>Reads a filter pipeline message.</summary>
    /// <param name="cursor">The message.</param>
    /// <param name="elementSize">The bytes of an element, which shuffle takes apart.</param>
    public Hdf5Filters(Hdf5Cursor cursor, int elementSize)
    {
        this.elementSize = elementSize;
        int version = cursor.Version(1, 2);
        int count = cursor.U8();
        if (count > 32) { throw cursor.Error($"{count} filters", "at most 32 are allowed"); }
        if (version == 1) { cursor.Skip(6); }
        for (int i = 0; i < count; i++)
        {
            int id = cursor.U16();
            int nameLength = version == 1 || id >= 256 ? cursor.U16() : 0;
            cursor.Skip(2); // whether it is optional, which only matters when writing
            int values = cursor.U16();
            Hdf5Cursor name = cursor.Part(version == 1 ? (nameLength + 7) & ~7 : nameLength, "a filter's name");
            cursor.Skip(4 * values + (version == 1 && values % 2 != 0 ? 4 : 0));
            filters.Add((id, name.Length > 0 && id > Fletcher32 ? $"{id} ('{name.ZeroTerminated()}')" : $"{id}"));
        }
    }

    /// <summary>Whether there are none.</summary>
    public bool None => filters.Count == 0;

    /// <summary>Undoes the filters of a chunk.</summary>
    /// <param name="source">The file.</param>
    /// <param name="address">Where the chunk lies.</param>
    /// <param name="chunk">The chunk as it stands in the file.</param>
    /// <param name="mask">A bit is set for each filter that was not applied to this chunk.</param>
    /// <param name="size">The bytes of the chunk before the filters.</param>
    public ReadOnlyMemory<byte> Undo(Hdf5Source source, long address, ReadOnlyMemory<byte> chunk, uint mask, int size)
    {
        var sizes = new long[filters.Count]; // before each filter; -1 after deflate, which makes any size
        long current = size;
        for (int i = 0; i < filters.Count; i++)
        {
            sizes[i] = current;
            if ((mask >> i & 1) != 0) { continue; }
            current = filters[i].Id switch
            {
                Deflate => -1,
                Fletcher32 when current >= 0 => current + 4,
                _ => current,
            };
        }

        for (int i = filters.Count - 1; i >= 0; i--)
        {
            if ((mask >> i & 1) != 0) { continue; }
            chunk = filters[i].Id switch
            {
                Deflate when sizes[i] is >= 0 and <= int.MaxValue => Inflate(source, address, chunk, (int)sizes[i]),
                Shuffle => Unshuffle(chunk.Span),
                Fletcher32 => Check(source, address, chunk),
                _ => throw source.Error(address, $"the chunk went through filter {filters[i].Name}", "deflate, shuffle and fletcher32 are read, each at most once"),
            };
        }

        return chunk.Length == size ? chunk : throw source.Error(address, $"a chunk has {chunk.Length} bytes", $"{size} belong there; the file is damaged");
    }

    private static ReadOnlyMemory<byte> Inflate(Hdf5Source source, long address, ReadOnlyMemory<byte> chunk, int size)
    {
        var bytes = new byte[size];
        try
        {
            using var stream = new ZLibStream(new MemoryStream(chunk.ToArray()), CompressionMode.Decompress);
            int read = stream.ReadAtLeast(bytes, size, throwOnEndOfStream: false);
            if (read == size && stream.ReadByte() < 0) { return bytes; }
            throw source.Error(address, $"a compressed chunk has {(read < size ? $"{read} bytes" : $"more than {size} bytes")}", $"{size} belong there; the file is damaged");
        }
        catch (InvalidDataException e)
        {
            throw new EngramException($"{source.Place}: the compressed chunk at byte {address} is damaged: {e.Message}", e);
        }
    }

    private ReadOnlyMemory<byte> Unshuffle(ReadOnlySpan<byte> chunk)
    {
        int count = chunk.Length / elementSize;
        var bytes = new byte[chunk.Length];
        for (int b = 0; b < elementSize && count > 0; b++)
        {
            ReadOnlySpan<byte> plane = chunk.Slice(b * count, count);
            for (int i = 0; i < count; i++) { bytes[i * elementSize + b] = plane[i]; }
        }

        int rest = count * elementSize; // what is left over is not shuffled
        chunk[rest..].CopyTo(bytes.AsSpan(rest));
        return bytes;
    }

    private static ReadOnlyMemory<byte> Check(Hdf5Source source, long address, ReadOnlyMemory<byte> chunk)
    {
        if (chunk.Length < 4) { throw source.Error(address, "a chunk is too short for its checksum"); }
        ReadOnlyMemory<byte> bytes = chunk[..^4];
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(chunk.Span[^4..]);
        if (Fletcher(bytes.Span) != stored && source.Checksums) { throw source.Error(address, "a chunk's checksum is wrong"); }
        return bytes;
    }

    // Fletcher's checksum over big-endian 16-bit words; J. G. Fletcher, 1982, doi:10.1109/TCOM.1982.1095369.
    private static uint Fletcher(ReadOnlySpan<byte> bytes)
    {
        const int mostWords = 360; // before the sums could overflow
        uint a = 0, b = 0;
        int words = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            a += (uint)(bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
            b += a;
            if (++words % mostWords == 0) { (a, b) = (Fold(a), Fold(b)); }
        }

        return Fold(Fold(b)) << 16 | Fold(Fold(a));
    }

    private static uint Fold(uint sum) => (sum & 0xffff) + (sum >> 16);
}
