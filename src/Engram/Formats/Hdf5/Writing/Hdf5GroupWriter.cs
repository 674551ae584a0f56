using System.Text;

namespace Engram.Formats.Hdf5;

/// <summary>Writes an old group's symbol table: a heap of names, nodes of symbols, and the version 1 B-tree that finds them.</summary>
internal static class Hdf5GroupWriter
{
    /// <summary>Half the entries of a node of symbols, which the superblock states.</summary>
    public const int LeafK = 4;

    /// <summary>Half the entries of a node of the tree, which the superblock states.</summary>
    public const int InternalK = 16;

    private const int LeastHeap = 88;
    private const int NodeBytes = 24 + (2 * InternalK + 1) * 8 + 2 * InternalK * 8;
    private const int SymbolsBytes = 8 + 2 * LeafK * 40;
    private const int Free = 1; // what stands for the end of the list of free places

    /// <summary>A child of the group; of a group also the places of its own tree and heap.</summary>
    public readonly record struct Entry(byte[] Name, int Header, (int Tree, int Heap)? Table);

    private readonly record struct Node(int Address, long LastName);

    /// <summary>Takes the places of a group's tree and heap.</summary>
    public static (int Tree, int Heap) Take(Hdf5Buffer buffer) => (buffer.Take(NodeBytes), buffer.Take(32));

    /// <summary>Writes the children into them.</summary>
    public static void Write(Hdf5Buffer buffer, (int Tree, int Heap) table, List<Entry> children)
    {
        children.Sort((a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        long[] names = Names(buffer, table.Heap, children);
        var nodes = new List<Node>();
        for (int first = 0; first < children.Count; first += 2 * LeafK)
        {
            int count = Math.Min(2 * LeafK, children.Count - first);
            int address = buffer.Take(SymbolsBytes);
            var fields = new Hdf5Fields().Put("SNOD"u8).U8(1, 0).U16(count);
            for (int i = first; i < first + count; i++)
            {
                (int Tree, int Heap)? inner = children[i].Table;
                fields.U64(names[i]).U64(children[i].Header).U32(inner is null ? 0 : 1).U32(0).U64(inner?.Tree ?? 0).U64(inner?.Heap ?? 0);
            }

            buffer.Put(address, fields.ToArray());
            nodes.Add(new Node(address, names[first + count - 1]));
        }

        int level = 0;
        while (nodes.Count > 2 * InternalK) { nodes = Level(buffer, nodes, level++); }
        Tree(buffer, table.Tree, nodes, level, 0, -1, -1);
    }

    // The heap of names starts with the empty one, as the smallest key of the tree.
    private static long[] Names(Hdf5Buffer buffer, int heap, List<Entry> children)
    {
        var offsets = new long[children.Count];
        var names = new Hdf5Fields().U64(0);
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = names.Length;
            names.Put(children[i].Name).U8(0).Align8();
        }

        int used = names.Length;
        int size = Math.Max(LeastHeap, used);
        int free = Free;
        if (size - used >= 16)
        {
            free = used;
            names.U64(Free).U64(size - used);
        }

        int data = buffer.Take(size);
        buffer.Put(data, names.ToArray());
        buffer.Put(heap, new Hdf5Fields().Put("HEAP"u8).U32(0).U64(size).U64(free).U64(data).ToArray());
        return offsets;
    }

    // Puts the nodes of one level into those of the next, each linked with its neighbours.
    private static List<Node> Level(Hdf5Buffer buffer, List<Node> nodes, int level)
    {
        var above = new List<Node>();
        int count = (nodes.Count - 1) / (2 * InternalK) + 1;
        int[] addresses = [.. Enumerable.Range(0, count).Select(_ => buffer.Take(NodeBytes))];
        long before = 0;
        for (int i = 0; i < count; i++)
        {
            int first = i * 2 * InternalK;
            List<Node> part = nodes.GetRange(first, Math.Min(2 * InternalK, nodes.Count - first));
            Tree(buffer, addresses[i], part, level, before, i > 0 ? addresses[i - 1] : -1, i < count - 1 ? addresses[i + 1] : -1);
            before = part[^1].LastName;
            above.Add(new Node(addresses[i], before));
        }

        return above;
    }

    private static void Tree(Hdf5Buffer buffer, int address, List<Node> nodes, int level, long before, long left, long right)
    {
        var fields = new Hdf5Fields().Put("TREE"u8).U8(0, level).U16(nodes.Count).U64(left).U64(right).U64(before);
        foreach (Node node in nodes) { fields.U64(node.Address).U64(node.LastName); }
        buffer.Put(address, fields.ToArray());
    }

    /// <summary>The bytes of a name, as the tree sorts them.</summary>
    public static byte[] NameBytes(string name) => Encoding.UTF8.GetBytes(name);
}
