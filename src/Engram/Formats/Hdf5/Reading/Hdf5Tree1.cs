namespace Engram.Formats.Hdf5;

/// <summary>Version 1 B-trees.</summary>
internal static class Hdf5Tree1
{
    private const int MostLevels = 32; // with at least two children a node, more than any file can hold

    /// <summary>What the leaves point at, in order, each with the key before it.</summary>
    /// <param name="source">The file.</param>
    /// <param name="address">The root.</param>
    /// <param name="type">0 for groups, 1 for chunks.</param>
    /// <param name="keySize">The bytes of a key.</param>
    public static List<(long Address, ReadOnlyMemory<byte> Key)> Leaves(Hdf5Source source, long address, int type, int keySize)
    {
        var leaves = new List<(long Address, ReadOnlyMemory<byte> Key)>();
        Node(source, address, type, keySize, level: -1, [], leaves);
        return leaves;
    }

    private static void Node(
        Hdf5Source source, long address, int type, int keySize, int level, HashSet<long> seen, List<(long Address, ReadOnlyMemory<byte> Key)> leaves)
    {
        const string what = "a node of a version 1 B-tree";
        if (!seen.Add(address)) { throw source.Error(address, $"{what} stands in the tree twice"); }
        int head = 8 + 2 * source.OffsetSize;
        Hdf5Cursor header = source.Block(address, head, what);
        header.Signature("TREE"u8);
        int actual = header.U8();
        if (actual != type) { throw header.Error($"type {actual}", $"type {type} belongs here"); }
        int depth = header.U8();
        if (level < 0 ? depth > MostLevels : depth != level) { throw header.Error($"level {depth} does not belong here"); }
        int count = header.U16();
        Hdf5Cursor cursor = source.Block(address, head + count * ((long)keySize + source.OffsetSize), what);
        cursor.Position = head;
        for (int i = 0; i < count; i++)
        {
            ReadOnlyMemory<byte> key = cursor.Keep(keySize);
            long child = cursor.DefinedOffset();
            if (depth == 0) { leaves.Add((child, key)); }
            else { Node(source, child, type, keySize, depth - 1, seen, leaves); }
        }
    }
}
