namespace Engram.Formats.Hdf5;

/// <summary>A collection of the global heap: where the bytes of variable-length texts lie.</summary>
internal sealed class Hdf5GlobalHeap
{
    private readonly Dictionary<int, ReadOnlyMemory<byte>> objects = [];

    private Hdf5GlobalHeap(Hdf5Source source, long address)
    {
        int head = 8 + source.LengthSize;
        Hdf5Cursor header = source.Block(address, head, "a collection of the global heap");
        header.Signature("GCOL"u8);
        header.Version(1, 1);
        header.Skip(3);
        Hdf5Cursor cursor = source.Block(address, header.Count(), "a collection of the global heap");
        cursor.Position = Math.Min(head, cursor.Length);
        cursor.Align8();
        int prefix = 8 + source.LengthSize;
        while (cursor.Left >= prefix)
        {
            int index = cursor.U16();
            cursor.Skip(6);
            long size = cursor.Count();
            if (index == 0) { break; } // what is left is free
            ReadOnlyMemory<byte> bytes = cursor.Keep(size);
            cursor.Align8();
            if (!objects.TryAdd(index, bytes)) { throw cursor.Error($"object {index} stands twice"); }
        }
    }

    /// <summary>The bytes of an object.</summary>
    public static ReadOnlyMemory<byte> Object(Hdf5Source source, long address, long index)
    {
        if (!source.Work.Heaps.TryGetValue(address, out Hdf5GlobalHeap? heap))
        {
            heap = new Hdf5GlobalHeap(source, address);
            source.Work.Heaps.Add(address, heap);
        }

        return index <= ushort.MaxValue && heap.objects.TryGetValue((int)index, out ReadOnlyMemory<byte> bytes)
            ? bytes
            : throw source.Error(address, $"the collection of the global heap has no object {index}");
    }
}
