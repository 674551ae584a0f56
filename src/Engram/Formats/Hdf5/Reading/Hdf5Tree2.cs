using System.Numerics;

namespace Engram.Formats.Hdf5;

/// <summary>Takes a record of a version 2 B-tree.</summary>
internal delegate void Hdf5TakeRecord(Hdf5Cursor record);

/// <summary>Version 2 B-trees.</summary>
internal sealed class Hdf5Tree2
{
    private const string What = "a node of a version 2 B-tree";
    private const int NodeHead = 6; // signature, version, type
    private const int NodeOverhead = NodeHead + 4; // and the checksum
    private const int MostLevels = 32;

    private readonly Hdf5Source source;
    private readonly int type;
    private readonly int recordSize;
    private readonly Level[] levels;
    private readonly HashSet<long> seen = [];
    private readonly Hdf5TakeRecord take;

    private Hdf5Tree2(Hdf5Source source, long address, int type, Hdf5TakeRecord take)
    {
        this.source = source;
        this.type = type;
        this.take = take;
        Hdf5Cursor header = source.Block(address, 22 + source.OffsetSize + source.LengthSize, "a version 2 B-tree");
        header.Signature("BTHD"u8);
        header.Version(0, 0);
        int actual = header.U8();
        if (actual != type) { throw header.Error($"type {actual}", $"type {type} belongs here"); }
        long nodeSize = header.U32();
        recordSize = header.U16();
        int depth = header.U16();
        header.Skip(2); // when nodes are split and merged
        long root = header.Offset();
        int records = header.U16();
        header.Count(); // of all records
        header.Checksum();
        if (recordSize == 0 || nodeSize > source.Bytes.Length || depth > MostLevels || (nodeSize - NodeOverhead) / recordSize < 1)
        {
            throw header.Error($"{depth} levels of nodes of {nodeSize} bytes with records of {recordSize} bytes");
        }

        levels = Geometry(header, nodeSize, depth);
        if (root != Hdf5Source.Undefined) { Node(root, depth, records); }
    }

    // The most records of a node, and the bytes of the two counts in a pointer to it (the second counts all those below it).
    private readonly record struct Level(long Most, long MostBelow, int CountSize, int TotalSize);

    /// <summary>Hands out all records in their order.</summary>
    /// <param name="source">The file.</param>
    /// <param name="address">The tree's header.</param>
    /// <param name="type">The kind of records that the tree must have.</param>
    /// <param name="take">Called for each record.</param>
    public static void Read(Hdf5Source source, long address, int type, Hdf5TakeRecord take) => _ = new Hdf5Tree2(source, address, type, take);

    private Level[] Geometry(Hdf5Cursor header, long nodeSize, int depth)
    {
        var geometry = new Level[depth + 1];
        long leaf = (nodeSize - NodeOverhead) / recordSize;
        geometry[0] = new Level(leaf, leaf, Bytes(leaf), 0);
        for (int i = 1; i <= depth; i++)
        {
            Level below = geometry[i - 1];
            int pointer = source.OffsetSize + below.CountSize + below.TotalSize;
            long most = (nodeSize - NodeOverhead - pointer) / (recordSize + pointer);
            if (most < 1 || below.MostBelow > (long.MaxValue - most) / (most + 1)) { throw header.Error($"{depth} levels do not fit nodes of {nodeSize} bytes"); }
            long all = (most + 1) * below.MostBelow + most;
            geometry[i] = new Level(most, all, geometry[0].CountSize, Bytes(all));
        }

        return geometry;
    }

    private static int Bytes(long most) => (BitOperations.Log2((ulong)most) / 8) + 1;

    private void Node(long address, int depth, int records)
    {
        if (!seen.Add(address)) { throw source.Error(address, $"{What} stands in the tree twice"); }
        if (records > levels[depth].Most) { throw source.Error(address, $"{What} has {records} records, {levels[depth].Most} fit"); }
        Level below = depth > 0 ? levels[depth - 1] : default;
        int pointer = depth > 0 ? source.OffsetSize + below.CountSize + below.TotalSize : 0;
        Hdf5Cursor cursor = source.Block(address, NodeOverhead + (long)records * recordSize + (depth > 0 ? (records + 1L) * pointer : 0), What);
        cursor.Signature(depth == 0 ? "BTLF"u8 : "BTIN"u8);
        cursor.Version(0, 0);
        if (cursor.U8() != type) { throw cursor.Error("the type is not the tree's"); }
        var all = cursor;
        cursor.Position = cursor.Length - 4;
        cursor.Checksum();
        int pointers = NodeHead + records * recordSize;
        for (int i = 0; i <= records; i++)
        {
            if (depth > 0)
            {
                all.Position = pointers + i * pointer;
                long child = all.DefinedOffset();
                long count = all.Number(below.CountSize);
                Node(child, depth - 1, (int)Math.Min(count, int.MaxValue));
            }

            if (i == records) { break; }
            all.Position = NodeHead + i * recordSize;
            take(all.Part(recordSize, "a record of a version 2 B-tree"));
        }
    }
}
