namespace Engram.Formats.Hdf5;

/// <summary>Reads a file's superblock and builds the tree of its objects.</summary>
internal sealed class Hdf5Reader
{
    private const long MostPaths = 1_000_000; // objects may stand in several groups, which multiplies the paths

    private readonly ReadLimits limits;
    private readonly Dictionary<long, (Hdf5Object? Object, long Paths)> known = [];
    private readonly HashSet<long> open = [];

    private Hdf5Reader(ReadLimits limits) => this.limits = limits;

    /// <summary>Reads the root and all below it.</summary>
    public static Hdf5Group Read(FileBytes bytes, ReadLimits limits, bool checksums)
    {
        (Hdf5Source source, long root) = Hdf5Superblock.Read(bytes, limits, checksums);
        return new Hdf5Reader(limits).Object(source, root, 0).Object as Hdf5Group ?? throw source.Error(root, "the root is no group");
    }

    // The object at an address, or null for a committed type, and how many paths lead to it and below.
    private (Hdf5Object? Object, long Paths) Object(Hdf5Source source, long address, int level)
    {
        if (known.TryGetValue(address, out (Hdf5Object? Object, long Paths) found)) { return found; }
        if (level > limits.Nesting) { throw source.Error(address, $"groups are nested deeper than {limits.Nesting} levels", "raise ReadLimits.Nesting for a file that is trusted"); }
        if (!open.Add(address)) { throw source.Error(address, "a group contains itself"); }
        List<Hdf5Message> messages = Hdf5Header.Read(source, address);
        long paths = 1;
        Hdf5Object? result = null;
        if (Hdf5Header.Find(messages, source, Hdf5MessageType.Layout) is { } layout)
        {
            result = Dataset(source, address, messages, layout);
        }
        else if (messages.Exists(message => message.Type is Hdf5MessageType.SymbolTable or Hdf5MessageType.LinkInfo or Hdf5MessageType.Link or Hdf5MessageType.GroupInfo))
        {
            var group = new Hdf5Group(source.Path, source.Bytes.Name);
            result = group;
            foreach (Hdf5Link link in Hdf5Links.Read(source, messages)) { paths += Child(source, group, link, level); }
        }
        else if (!messages.Exists(message => message.Type == Hdf5MessageType.Datatype))
        {
            throw source.Error(address, "the object is neither a group nor a dataset nor a type");
        }

        if (result is not null) { Attributes(source, messages, result); }
        if (paths > MostPaths) { throw source.Error(address, $"more than {MostPaths} paths lead through the file's groups"); }
        open.Remove(address);
        return known[address] = (result, paths);
    }

    private long Child(Hdf5Source source, Hdf5Group group, Hdf5Link link, int level)
    {
        if (link.Name is "" or "." or ".." || link.Name.Contains('/', StringComparison.Ordinal) || link.Name.Contains('\0', StringComparison.Ordinal))
        {
            throw source.Error(link.Address, $"'{link.Name}' is no name of an object");
        }

        if (group.Children.ContainsKey(link.Name)) { throw source.Error(link.Address, $"'{link.Name}' stands in the group twice"); }
        (Hdf5Object? child, long paths) = Object(source with { Path = group.Join(link.Name) }, link.Address, level + 1);
        if (child is not null) { group.Add(link.Name, child); }
        return paths;
    }

    private static Hdf5Dataset Dataset(Hdf5Source source, long address, List<Hdf5Message> messages, Hdf5Message layout)
    {
        Hdf5Message typeMessage = Hdf5Header.Find(messages, source, Hdf5MessageType.Datatype) ?? throw source.Error(address, "the dataset has no type");
        Hdf5Message spaceMessage = Hdf5Header.Find(messages, source, Hdf5MessageType.Dataspace) ?? throw source.Error(address, "the dataset has no shape");
        Hdf5Type type = Hdf5Datatype.Read(source, typeMessage);
        Hdf5Cursor cursor = spaceMessage.Open(source);
        if (spaceMessage.Shared) { throw cursor.Error("the shape is shared", "shapes in their place are read"); }
        Hdf5Dataspace space = Hdf5Dataspace.Read(ref cursor);
        return new Hdf5Dataset(source.Path, new Hdf5Stored(source, type, space, Hdf5Layout.Read(source, messages, layout, type, space)));
    }

    private static void Attributes(Hdf5Source source, List<Hdf5Message> messages, Hdf5Object target)
    {
        foreach (Hdf5Message message in messages)
        {
            if (message.Type != Hdf5MessageType.Attribute) { continue; }
            if (message.Shared) { throw source.Error(message.Address, "an attribute is shared", "attributes in their place are read"); }
            Hdf5AttributeMessage.Read(message.Open(source), target);
        }

        if (Hdf5Header.Find(messages, source, Hdf5MessageType.AttributeInfo) is { } info) { Dense(info.Open(source), target); }
    }

    // Many attributes, or large ones: messages in a fractal heap, found by a tree of their names' hashes.
    private static void Dense(Hdf5Cursor cursor, Hdf5Object target)
    {
        cursor.Version(0, 0);
        bool order = (cursor.U8() & 1) != 0;
        if (order) { cursor.Skip(2); }
        long heapAddress = cursor.Offset();
        long treeAddress = cursor.Offset();
        if (heapAddress == Hdf5Source.Undefined || treeAddress == Hdf5Source.Undefined) { return; }
        Hdf5Source source = cursor.Source;
        var heap = new Hdf5FractalHeap(source, heapAddress);
        var places = new List<(uint Order, byte[] Id)>();
        Hdf5Tree2.Read(source, treeAddress, 8, record =>
        {
            byte[] id = record.Take(8).ToArray();
            if ((record.U8() & 2) != 0) { throw record.Error("an attribute is shared", "attributes in their place are read"); }
            places.Add((record.U32(), id));
        });
        var attributes = new Hdf5Group(target.Path, ""); // to put them in order
        places.Sort((a, b) => a.Order.CompareTo(b.Order));
        Hdf5Object gathered = order ? target : attributes;
        foreach ((_, byte[] id) in places) { Hdf5AttributeMessage.Read(heap.Object(id, "an attribute"), gathered); }
        if (order) { return; }
        foreach (Hdf5Attribute attribute in attributes.Attributes.Values.OrderBy(attribute => attribute.Name, StringComparer.Ordinal)) { target.Set(attribute.Name, attribute.Values); }
    }
}
