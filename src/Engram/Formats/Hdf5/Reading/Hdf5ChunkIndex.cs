namespace Engram.Formats.Hdf5;

/// <summary>What all kinds of chunk index need to know of an array.</summary>
internal sealed record Hdf5ChunkGrid(Hdf5Source Source, Hdf5Dataspace Space, long[] Chunk, int ElementSize, bool Filtered)
{
    /// <summary>The bytes of a chunk before the filters.</summary>
    public long ChunkBytes => Hdf5Chunked.Size(Chunk, ElementSize);

    /// <summary>Adds the chunk of a number, unless there is none or it lies outside the array as it is now.</summary>
    /// <param name="chunks">The list.</param>
    /// <param name="number">Its number, with the axes in the given order, the last fastest.</param>
    /// <param name="order">The order of the axes.</param>
    /// <param name="address">Where it lies, <see cref="Hdf5Source.Undefined"/> for one that was never written.</param>
    /// <param name="size">Its bytes in the file.</param>
    /// <param name="mask">A bit for each filter that was not applied.</param>
    public void Add(List<Hdf5Chunk> chunks, long number, int[] order, long address, long size, uint mask)
    {
        if (address == Hdf5Source.Undefined) { return; }
        var start = new long[Chunk.Length];
        for (int i = order.Length - 1; i >= 0; i--)
        {
            int axis = order[i];
            long most = Math.Max(Space.Most[axis], Space.Shape[axis]); // numbers count chunks of the array at its largest
            long along = i == 0 || most == 0 ? long.MaxValue : (most - 1) / Chunk[axis] + 1;
            long scaled = number % along;
            if (scaled > (Space.Shape[axis] - 1) / Chunk[axis]) { return; }
            start[axis] = scaled * Chunk[axis];
            number /= along;
        }

        if (Space.Count > 0) { chunks.Add(new Hdf5Chunk(start, address, size, mask)); }
    }

    /// <summary>Adds the chunk of an entry of an array of chunks.</summary>
    public void Add(List<Hdf5Chunk> chunks, long number, int[] order, Hdf5Cursor entry)
    {
        long address = entry.Offset();
        long size = Filtered ? entry.Number(entry.Left - 4) : ChunkBytes;
        Add(chunks, number, order, address, size, Filtered ? entry.U32() : 0);
    }

    /// <summary>The axes in their order.</summary>
    public int[] RowMajor() => [.. Enumerable.Range(0, Chunk.Length)];

    /// <summary>The axes with that without limit first, which is the slowest in an extensible array.</summary>
    public int[] UnlimitedFirst()
    {
        int unlimited = Array.IndexOf(Space.Most, -1);
        return unlimited < 0 ? RowMajor() : [unlimited, .. RowMajor().Where(axis => axis != unlimited)];
    }

    /// <summary>Checks the size of an entry: an address, and with filters a size and a mask.</summary>
    public void CheckEntry(Hdf5Cursor cursor, int client, int size)
    {
        int sizeBytes = size - Source.OffsetSize - 4;
        if (client != (Filtered ? 1 : 0) || (Filtered ? sizeBytes is < 1 or > 8 : size != Source.OffsetSize))
        {
            throw cursor.Error($"entries of kind {client} with {size} bytes do not fit an array {(Filtered ? "with" : "without")} filters");
        }
    }
}

/// <summary>The kinds of chunk index that are trees or no index at all.</summary>
internal static class Hdf5ChunkIndex
{
    /// <summary>A version 1 B-tree.</summary>
    public static List<Hdf5Chunk> Tree1(Hdf5ChunkGrid grid, long address)
    {
        var chunks = new List<Hdf5Chunk>();
        if (address == Hdf5Source.Undefined) { return chunks; }
        int axes = grid.Chunk.Length;
        foreach ((long place, ReadOnlyMemory<byte> bytes) in Hdf5Tree1.Leaves(grid.Source, address, 1, 8 + 8 * (axes + 1)))
        {
            var key = new Hdf5Cursor(grid.Source, bytes, address, "a chunk's key");
            long size = key.U32();
            uint mask = key.U32();
            var start = new long[axes];
            bool inside = grid.Space.Count > 0;
            for (int i = 0; i < axes; i++)
            {
                start[i] = key.Number(8);
                if (start[i] % grid.Chunk[i] != 0) { throw key.Error($"the chunk's start ({string.Join(", ", start)}) is no multiple of the chunk's shape"); }
                inside &= start[i] < grid.Space.Shape[i];
            }

            if (inside) { chunks.Add(new Hdf5Chunk(start, place, size, mask)); }
        }

        return chunks;
    }

    /// <summary>A version 2 B-tree.</summary>
    public static List<Hdf5Chunk> Tree2(Hdf5ChunkGrid grid, long address)
    {
        var chunks = new List<Hdf5Chunk>();
        if (address == Hdf5Source.Undefined) { return chunks; }
        Hdf5Tree2.Read(grid.Source, address, grid.Filtered ? 11 : 10, record =>
        {
            long place = record.DefinedOffset();
            int sizeBytes = record.Left - 4 - 8 * grid.Chunk.Length;
            if (grid.Filtered && sizeBytes is < 1 or > 8) { throw record.Error($"{record.Length} bytes do not fit"); }
            long size = grid.Filtered ? record.Number(sizeBytes) : grid.ChunkBytes;
            uint mask = grid.Filtered ? record.U32() : 0;
            var start = new long[grid.Chunk.Length];
            bool inside = grid.Space.Count > 0;
            for (int i = 0; i < start.Length; i++)
            {
                long scaled = record.Number(8);
                inside &= scaled <= (grid.Space.Shape[i] - 1) / grid.Chunk[i];
                start[i] = inside ? scaled * grid.Chunk[i] : 0;
            }

            if (inside) { chunks.Add(new Hdf5Chunk(start, place, size, mask)); }
        });
        return chunks;
    }

    /// <summary>One chunk for the whole array.</summary>
    public static List<Hdf5Chunk> Single(Hdf5ChunkGrid grid, long address, long size, uint mask)
    {
        var chunks = new List<Hdf5Chunk>();
        grid.Add(chunks, 0, grid.RowMajor(), address, size, mask);
        return chunks;
    }

    /// <summary>All chunks one after another.</summary>
    public static List<Hdf5Chunk> Implicit(Hdf5ChunkGrid grid, long address)
    {
        var chunks = new List<Hdf5Chunk>();
        if (address == Hdf5Source.Undefined || grid.Space.Count == 0) { return chunks; }
        int[] order = grid.RowMajor();
        long count = 1;
        for (int i = 0; i < grid.Chunk.Length; i++)
        {
            long along = (Math.Max(grid.Space.Most[i], grid.Space.Shape[i]) - 1) / grid.Chunk[i] + 1;
            count = count <= grid.Source.Bytes.Length / along ? count * along : long.MaxValue;
        }

        if (count > (grid.Source.Bytes.Length - address) / grid.ChunkBytes) { throw grid.Source.Error(address, $"{count} chunks do not lie within the file"); }
        for (long i = 0; i < count; i++) { grid.Add(chunks, i, order, address + i * grid.ChunkBytes, grid.ChunkBytes, 0); }
        return chunks;
    }
}
