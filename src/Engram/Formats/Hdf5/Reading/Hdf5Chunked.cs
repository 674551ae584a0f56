namespace Engram.Formats.Hdf5;

/// <summary>A piece of an array.</summary>
/// <param name="Start">The indices of its first element.</param>
/// <param name="Address">Where its bytes lie.</param>
/// <param name="Size">How many there are in the file.</param>
/// <param name="Mask">A bit is set for each filter that was not applied to it.</param>
internal readonly record struct Hdf5Chunk(long[] Start, long Address, long Size, uint Mask);

/// <summary>Elements in chunks of equal shape, each on its own in the file, perhaps compressed.</summary>
internal sealed class Hdf5Chunked : Hdf5Storage
{
    private const long FreeBytes = 1 << 20; // what an array may have without its expansion being looked at

    private readonly Hdf5Source source;
    private readonly Hdf5Dataspace space;
    private readonly long[] chunk;
    private readonly int elementSize;
    private readonly Hdf5Filters? filters;
    private readonly ReadOnlyMemory<byte> fill;
    private readonly Func<List<Hdf5Chunk>> index;

    public Hdf5Chunked(
        Hdf5Source source, Hdf5Dataspace space, long[] chunk, int elementSize, Hdf5Filters? filters, ReadOnlyMemory<byte> fill, Func<List<Hdf5Chunk>> index)
    {
        this.source = source;
        this.space = space;
        this.chunk = chunk;
        this.elementSize = elementSize;
        this.filters = filters;
        this.fill = fill;
        this.index = index;
    }

    public override bool Whole => true;

    public override void Read(long start, Span<byte> destination)
    {
        if (start != 0 || destination.Length != space.Count * elementSize)
        {
            throw source.Error(0, $"{destination.Length} bytes are asked for", "compressed arrays are read as a whole");
        }

        List<Hdf5Chunk> chunks = index();
        long stored = 0;
        foreach (Hdf5Chunk part in chunks) { stored += Math.Min(part.Size, source.Bytes.Length); }
        if (filters is not null && destination.Length > FreeBytes + source.Limits.Expansion * stored)
        {
            throw source.Error(0, $"{destination.Length} bytes are compressed to {stored}", $"at most {source.Limits.Expansion} times the compressed form is read (ReadLimits.Expansion)");
        }

        Hdf5Unwritten.Fill(fill.Span, destination);
        int size = (int)Size(chunk, elementSize);
        var seen = new HashSet<long>();
        foreach (Hdf5Chunk part in chunks)
        {
            if (!seen.Add(Number(part.Start))) { throw source.Error(part.Address, $"the chunk at ({string.Join(", ", part.Start)}) stands twice"); }
            Hdf5Cursor cursor = source.Block(part.Address, part.Size, "a chunk");
            ReadOnlyMemory<byte> bytes = cursor.Keep(cursor.Length);
            if (filters is not null) { bytes = filters.Undo(source, part.Address, bytes, part.Mask, size); }
            if (bytes.Length != size) { throw source.Error(part.Address, $"a chunk has {bytes.Length} bytes", $"{size} belong there"); }
            Place(bytes.Span, part.Start, destination);
        }
    }

    /// <summary>The bytes of so many elements along each axis; -1 when they are more than an array can hold.</summary>
    public static long Size(long[] axes, int elementSize)
    {
        long size = elementSize;
        foreach (long axis in axes)
        {
            if (axis <= 0 || axis > int.MaxValue / size) { return -1; }
            size *= axis;
        }

        return size;
    }

    private long Number(long[] start)
    {
        long number = 0;
        for (int i = 0; i < start.Length; i++) { number = number * ((space.Shape[i] - 1) / chunk[i] + 1) + start[i] / chunk[i]; }
        return number;
    }

    // Copies what of a chunk lies within the array, run by run along the last axis.
    private void Place(ReadOnlySpan<byte> bytes, long[] start, Span<byte> destination)
    {
        int axes = chunk.Length;
        var at = new long[axes]; // within the chunk
        int run = (int)(Math.Min(chunk[^1], space.Shape[^1] - start[^1]) * elementSize);
        while (true)
        {
            long from = 0, to = 0;
            for (int i = 0; i < axes; i++)
            {
                from = from * chunk[i] + at[i];
                to = to * space.Shape[i] + start[i] + at[i];
            }

            bytes.Slice((int)from * elementSize, run).CopyTo(destination.Slice((int)(to * elementSize), run));
            int axis = axes - 2;
            while (axis >= 0 && ++at[axis] == Math.Min(chunk[axis], space.Shape[axis] - start[axis])) { at[axis--] = 0; }
            if (axis < 0) { return; }
        }
    }
}
