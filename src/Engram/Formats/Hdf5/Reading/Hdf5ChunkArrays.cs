using System.Numerics;

namespace Engram.Formats.Hdf5;

/// <summary>The chunk index of an array that cannot grow without limit: an entry for each chunk.</summary>
internal static class Hdf5FixedArray
{
    /// <summary>Reads all entries.</summary>
    public static List<Hdf5Chunk> Read(Hdf5ChunkGrid grid, long address)
    {
        var chunks = new List<Hdf5Chunk>();
        if (address == Hdf5Source.Undefined) { return chunks; }
        Hdf5Source source = grid.Source;
        Hdf5Cursor header = source.Block(address, 12 + source.LengthSize + source.OffsetSize, "a fixed array of chunks");
        header.Signature("FAHD"u8);
        header.Version(0, 0);
        int client = header.U8();
        int entrySize = header.U8();
        grid.CheckEntry(header, client, entrySize);
        int pageBits = header.U8();
        long count = header.Count();
        long block = header.Offset();
        header.Checksum();
        if (pageBits > 30) { throw header.Error($"pages of 2^{pageBits} entries"); }
        if (count > source.Bytes.Length) { throw header.Error($"{count} entries"); }
        if (block == Hdf5Source.Undefined) { return chunks; }
        var pages = new Hdf5EntryPages(grid, grid.RowMajor(), entrySize, 1L << pageBits, chunks);
        long pageCount = pages.Count(count);
        int bitmap = (int)Math.Min((pageCount + 7) / 8, int.MaxValue);
        long head = 6 + source.OffsetSize + bitmap;
        Hdf5Cursor data = source.Block(block, head + 4 + (pageCount > 0 ? 0 : count * entrySize), "a fixed array's entries");
        data.Signature("FADB"u8);
        data.Version(0, 0);
        if (data.U8() != client || data.Offset() != address) { throw data.Error("they belong to another array"); }
        ReadOnlyMemory<byte> written = data.Keep(bitmap);
        if (pageCount == 0) { pages.Entries(ref data, 0, count); }
        data.Checksum();
        pages.Read(block + head + 4, 0, count, written.Span, 0);
        return chunks;
    }
}

/// <summary>
/// The chunk index of an array with one axis without limit: entries in an index block, then in data blocks that double in size,
/// whose places stand in the index block and further ones in super blocks.
/// </summary>
internal static class Hdf5ExtensibleArray
{
    /// <summary>Reads all entries.</summary>
    public static List<Hdf5Chunk> Read(Hdf5ChunkGrid grid, long address)
    {
        var chunks = new List<Hdf5Chunk>();
        if (address == Hdf5Source.Undefined) { return chunks; }
        Hdf5Source source = grid.Source;
        Hdf5Cursor header = source.Block(address, 16 + 6 * source.LengthSize + source.OffsetSize, "an extensible array of chunks");
        header.Signature("EAHD"u8);
        header.Version(0, 0);
        int client = header.U8();
        int entrySize = header.U8();
        grid.CheckEntry(header, client, entrySize);
        int bits = header.U8();
        int direct = header.U8();
        int least = header.U8();
        int pointers = header.U8();
        int pageBits = header.U8();
        header.Skip(6 * source.LengthSize); // counts
        long block = header.Offset();
        header.Checksum();
        if (!BitOperations.IsPow2(least) || !BitOperations.IsPow2(pointers) || bits > 40 || bits < BitOperations.Log2((uint)least) || pageBits > 30)
        {
            throw header.Error($"2^{bits} entries in blocks from {least} on, {pointers} pointers, pages of 2^{pageBits} entries");
        }

        if (block == Hdf5Source.Undefined) { return chunks; }
        int supers = 1 + bits - BitOperations.Log2((uint)least);
        int directSupers = Math.Min(2 * BitOperations.Log2((uint)pointers), supers); // those whose data blocks stand in the index block
        int dataAddresses = 2 * (pointers - 1);
        int superAddresses = supers - directSupers;
        var pages = new Hdf5EntryPages(grid, grid.UnlimitedFirst(), entrySize, 1L << pageBits, chunks);
        Hdf5Cursor index = source.Block(block, 10 + source.OffsetSize * (1 + dataAddresses + superAddresses) + direct * entrySize, "an extensible array's index");
        Head(ref index, "EAIB"u8, client, address);
        pages.Entries(ref index, 0, direct);
        int offsetBytes = (bits + 7) / 8;
        long number = direct;
        for (int super = 0; super < directSupers; super++)
        {
            (long blocks, long entries) = Shape(super, least);
            for (long i = 0; i < blocks; i++, number += entries)
            {
                DataBlock(index.Offset(), client, address, offsetBytes, pages, number, entries, [], 0);
            }
        }

        for (int super = directSupers; super < supers; super++)
        {
            (long blocks, long entries) = Shape(super, least);
            long at = index.Offset();
            if (at != Hdf5Source.Undefined)
            {
                long pageCount = pages.Count(entries);
                long bitmap = blocks * ((pageCount + 7) / 8);
                Hdf5Cursor cursor = source.Block(at, 10 + source.OffsetSize + offsetBytes + bitmap + blocks * source.OffsetSize, "an extensible array's super block");
                Head(ref cursor, "EASB"u8, client, address);
                cursor.Skip(offsetBytes);
                ReadOnlyMemory<byte> written = cursor.Keep(bitmap);
                for (long i = 0; i < blocks; i++)
                {
                    DataBlock(cursor.Offset(), client, address, offsetBytes, pages, number + i * entries, entries, written.Span, i * pageCount);
                }

                cursor.Checksum();
            }

            number += blocks * entries;
        }

        index.Checksum();
        return chunks;
    }

    // Super block s has 2^(s/2) data blocks, each of 2^((s+1)/2) times the least number of entries.
    private static (long Blocks, long Entries) Shape(int super, int least) => (1L << (super / 2), (long)least << ((super + 1) / 2));

    private static void Head(ref Hdf5Cursor cursor, ReadOnlySpan<byte> signature, int client, long address)
    {
        cursor.Signature(signature);
        cursor.Version(0, 0);
        if (cursor.U8() != client || cursor.Offset() != address) { throw cursor.Error("it belongs to another array"); }
    }

    private static void DataBlock(
        long at, int client, long address, int offsetBytes, Hdf5EntryPages pages, long number, long entries, ReadOnlySpan<byte> written, long bit)
    {
        if (at == Hdf5Source.Undefined) { return; }
        bool paged = pages.Count(entries) > 0;
        Hdf5Source source = pages.Source;
        long head = 6 + source.OffsetSize + offsetBytes;
        Hdf5Cursor cursor = source.Block(at, head + 4 + (paged ? 0 : pages.Bytes(entries)), "an extensible array's entries");
        Head(ref cursor, "EADB"u8, client, address);
        cursor.Skip(offsetBytes);
        if (!paged) { pages.Entries(ref cursor, number, entries); }
        cursor.Checksum();
        if (paged) { pages.Read(at + head + 4, number, entries, written, bit); }
    }
}

/// <summary>Entries of an array of chunks, all at once or in pages with a checksum each, of which only some may have been written.</summary>
internal sealed class Hdf5EntryPages(Hdf5ChunkGrid grid, int[] order, int entrySize, long pageEntries, List<Hdf5Chunk> chunks)
{
    public Hdf5Source Source => grid.Source;

    /// <summary>The pages of so many entries; 0 when they are not paged.</summary>
    public long Count(long entries) => entries > pageEntries ? (entries - 1) / pageEntries + 1 : 0;

    /// <summary>The bytes of entries; more than any file when they would not fit one.</summary>
    public long Bytes(long entries) => entries > Source.Bytes.Length ? long.MaxValue >> 1 : entries * entrySize;

    /// <summary>Reads entries that stand here.</summary>
    public void Entries(ref Hdf5Cursor cursor, long number, long count)
    {
        for (long i = 0; i < count; i++) { grid.Add(chunks, number + i, order, cursor.Part(entrySize, "the entry of a chunk")); }
    }

    /// <summary>Reads pages.</summary>
    /// <param name="address">The first page.</param>
    /// <param name="number">The number of the first entry.</param>
    /// <param name="entries">How many there are in all pages.</param>
    /// <param name="written">A bit for each page, the most significant first.</param>
    /// <param name="bit">The first page's bit.</param>
    public void Read(long address, long number, long entries, ReadOnlySpan<byte> written, long bit)
    {
        for (long page = 0; page < Count(entries); page++, bit++)
        {
            if (bit / 8 >= written.Length) { throw Source.Error(address, "nothing says which pages of entries were written"); }
            long first = page * pageEntries;
            long count = Math.Min(pageEntries, entries - first);
            if ((written[(int)(bit / 8)] >> (7 - (int)(bit % 8)) & 1) != 0)
            {
                Hdf5Cursor cursor = Source.Block(address, count * entrySize + 4, "a page of entries of chunks");
                Entries(ref cursor, number + first, count);
                cursor.Checksum();
            }

            address += count * entrySize + 4;
        }
    }
}
