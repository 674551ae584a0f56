namespace Engram.Formats.Hdf5;

/// <summary>A named child of a group.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where the object's header starts.</param>
/// <param name="Order">A number that grows with the time of its creation; 0 where the file does not keep it.</param>
internal readonly record struct Hdf5Link(string Name, long Address, long Order);

/// <summary>The children of a group: those of old groups (a symbol table) and of new ones (link messages, few or many).</summary>
internal static class Hdf5Links
{
    /// <summary>All links, in the order of their creation where the file keeps it and by name otherwise.</summary>
    public static List<Hdf5Link> Read(Hdf5Source source, List<Hdf5Message> messages)
    {
        var links = new List<Hdf5Link>();
        if (Hdf5Header.Find(messages, source, Hdf5MessageType.SymbolTable) is { } table)
        {
            Hdf5Cursor cursor = table.Open(source);
            Hdf5SymbolTable.Read(source, cursor.DefinedOffset(), cursor.DefinedOffset(), links);
        }

        foreach (Hdf5Message message in messages)
        {
            if (message.Type == Hdf5MessageType.Link) { links.Add(Link(message.Open(source))); }
        }

        if (Hdf5Header.Find(messages, source, Hdf5MessageType.LinkInfo) is { } info) { Dense(info.Open(source), links); }
        links.Sort((a, b) => a.Order != b.Order ? a.Order.CompareTo(b.Order) : string.CompareOrdinal(a.Name, b.Name));
        return links;
    }

    // Many links: messages in a fractal heap, found by a tree of their names' hashes.
    private static void Dense(Hdf5Cursor cursor, List<Hdf5Link> links)
    {
        cursor.Version(0, 0);
        int flags = cursor.U8();
        if ((flags & 1) != 0) { cursor.Skip(8); }
        long heapAddress = cursor.Offset();
        long treeAddress = cursor.Offset();
        if (heapAddress == Hdf5Source.Undefined || treeAddress == Hdf5Source.Undefined) { return; }
        Hdf5Source source = cursor.Source;
        var heap = new Hdf5FractalHeap(source, heapAddress);
        Hdf5Tree2.Read(source, treeAddress, 5, record =>
        {
            record.Skip(4); // the hash
            links.Add(Link(heap.Object(record.Keep(record.Left).Span, "a link")));
        });
    }

    private static Hdf5Link Link(Hdf5Cursor cursor)
    {
        cursor.Version(1, 1);
        int flags = cursor.U8();
        int kind = (flags & 8) != 0 ? cursor.U8() : 0;
        long order = (flags & 4) != 0 ? cursor.Number(8) : 0;
        if ((flags & 16) != 0) { cursor.Skip(1); } // the encoding of the name; ASCII is UTF-8 too
        long size = cursor.Number(1 << (flags & 3));
        long at = cursor.Address;
        string name = cursor.Source.Text(at, cursor.Keep(size).Span, "a name");
        return kind switch
        {
            0 => new Hdf5Link(name, cursor.DefinedOffset(), order),
            1 => throw Refused(cursor.Source, at, name, "a soft link"),
            64 => throw Refused(cursor.Source, at, name, "a link to another file"),
            _ => throw Refused(cursor.Source, at, name, $"a link of the unknown kind {kind}"),
        };
    }

    /// <summary>The error of a link that is not followed.</summary>
    public static EngramException Refused(Hdf5Source source, long address, string name, string kind) =>
        source.Error(address, $"'{name}' is {kind}", "links to other places are not followed, objects must be in the file under their own name");
}

/// <summary>Old groups: a version 1 B-tree of nodes of symbols, with the names in a local heap.</summary>
internal static class Hdf5SymbolTable
{
    /// <summary>Reads all links.</summary>
    public static void Read(Hdf5Source source, long tree, long heap, List<Hdf5Link> links)
    {
        Hdf5Cursor header = source.Block(heap, 8 + 2 * source.LengthSize + source.OffsetSize, "a group's heap of names");
        header.Signature("HEAP"u8);
        header.Version(0, 0);
        header.Skip(3);
        long size = header.Count();
        header.CountOrUnlimited(); // the first free place
        Hdf5Cursor names = source.Block(header.DefinedOffset(), size, "a group's heap of names");
        foreach ((long node, _) in Hdf5Tree1.Leaves(source, tree, 0, source.LengthSize)) { Node(source, node, names, links); }
    }

    private static void Node(Hdf5Source source, long address, Hdf5Cursor names, List<Hdf5Link> links)
    {
        Hdf5Cursor header = source.Block(address, 8, "a node of symbols");
        header.Signature("SNOD"u8);
        header.Version(1, 1);
        header.Skip(1);
        int count = header.U16();
        Hdf5Cursor cursor = source.Block(address, 8 + count * (2L * source.OffsetSize + 24), "a node of symbols");
        cursor.Position = 8;
        for (int i = 0; i < count; i++)
        {
            string name = Name(names, cursor.Number(source.OffsetSize));
            long target = cursor.Offset();
            uint cache = cursor.U32();
            cursor.Skip(4 + 16);
            if (cache == 2) { throw Hdf5Links.Refused(source, cursor.Address, name, "a soft link"); }
            if (cache > 2 || target == Hdf5Source.Undefined) { throw cursor.Error($"the entry of '{name}' is of the unknown kind {cache} or has no address"); }
            links.Add(new Hdf5Link(name, target, 0));
        }
    }

    private static string Name(Hdf5Cursor names, long offset)
    {
        if (offset >= names.Length) { throw names.Error($"a name at {offset} lies outside"); }
        names.Position = (int)offset;
        string name = names.ZeroTerminated();
        names.Source.Work.Look(names.Source, names.Address, name.Length);
        return name;
    }
}
