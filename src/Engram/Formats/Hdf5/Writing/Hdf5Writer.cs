namespace Engram.Formats.Hdf5;

/// <summary>
/// Writes a file as h5py does by default: superblock 0, old groups, contiguous arrays. Everything but the arrays is put together in
/// memory, then written with the arrays behind it, one after another.
/// </summary>
internal sealed class Hdf5Writer
{
    private const int SuperblockBytes = 96;
    private const int MostMessage = 64000; // a message's size has 16 bits, and h5py refuses what comes near

    private readonly Hdf5Buffer buffer = new();
    private readonly Hdf5HeapWriter heap;
    private readonly List<(int AddressField, Hdf5Values Values)> arrays = [];

    private Hdf5Writer() => heap = new Hdf5HeapWriter(buffer);

    /// <summary>Writes a file.</summary>
    public static void Write(Hdf5Group root, Stream stream) => new Hdf5Writer().WriteAll(root, stream);

    private void WriteAll(Hdf5Group root, Stream stream)
    {
        buffer.Take(SuperblockBytes);
        (int header, (int Tree, int Heap) table) = Group(root);
        heap.Finish();
        long end = buffer.Length;
        foreach ((int field, Hdf5Values values) in arrays)
        {
            buffer.Put64(field, end);
            end += Rounded(values);
        }

        buffer.Put(0, Superblock(header, table, end));
        stream.Write(buffer.Bytes);
        ReadOnlySpan<byte> padding = stackalloc byte[8];
        foreach ((_, Hdf5Values values) in arrays)
        {
            values.WriteBytes(stream);
            stream.Write(padding[..(int)(Rounded(values) - values.Count * values.Type.Size)]);
        }
    }

    private static long Rounded(Hdf5Values values) => (values.Count * values.Type.Size + 7) & ~7L;

    private static byte[] Superblock(int header, (int Tree, int Heap) table, long end) => new Hdf5Fields()
        .Put([0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a])
        .U8(0, 0, 0, 0, 0, 8, 8, 0).U16(Hdf5GroupWriter.LeafK).U16(Hdf5GroupWriter.InternalK).U32(0)
        .U64(0).U64(-1).U64(end).U64(-1)
        .U64(0).U64(header).U32(1).U32(0).U64(table.Tree).U64(table.Heap)
        .ToArray();

    private (int Header, (int Tree, int Heap) Table) Group(Hdf5Group group)
    {
        var messages = new List<(Hdf5MessageType Type, int Flags, byte[] Bytes)> { (Hdf5MessageType.SymbolTable, 0, new byte[16]) };
        Attributes(group, messages);
        int header = Header(messages);
        (int Tree, int Heap) table = Hdf5GroupWriter.Take(buffer);
        buffer.Put64(header + 16 + 8, table.Tree);
        buffer.Put64(header + 16 + 16, table.Heap);
        var children = new List<Hdf5GroupWriter.Entry>();
        foreach ((string name, Hdf5Object child) in group.Children)
        {
            byte[] bytes = Hdf5GroupWriter.NameBytes(name);
            if (child is Hdf5Group inner)
            {
                (int innerHeader, (int Tree, int Heap) innerTable) = Group(inner);
                children.Add(new Hdf5GroupWriter.Entry(bytes, innerHeader, innerTable));
            }
            else
            {
                children.Add(new Hdf5GroupWriter.Entry(bytes, Dataset((Hdf5Dataset)child), null));
            }
        }

        Hdf5GroupWriter.Write(buffer, table, children);
        return (header, table);
    }

    private int Dataset(Hdf5Dataset dataset)
    {
        const int constant = 1; // a flag: the message never changes
        Hdf5Values values = dataset.Values;
        if (values.Type.Class == Hdf5Class.VariableString) { values = new Hdf5References(values, Texts(values)); }
        bool stored = values.Count > 0;
        var messages = new List<(Hdf5MessageType Type, int Flags, byte[] Bytes)>
        {
            (Hdf5MessageType.Dataspace, 0, Hdf5Messages.Dataspace(values)),
            (Hdf5MessageType.Datatype, constant, Hdf5Messages.Datatype(values.Type, dataset.Path)),
            (Hdf5MessageType.Fill, constant, Hdf5Messages.Fill()),
            (Hdf5MessageType.Layout, 0, Hdf5Messages.Contiguous(-1, values.Count * values.Type.Size)),
        };
        int layout = 16 + messages.Sum(message => 8 + Hdf5Buffer.Round8(message.Bytes.Length)) - Hdf5Buffer.Round8(messages[^1].Bytes.Length);
        Attributes(dataset, messages);
        int header = Header(messages);
        if (stored) { arrays.Add((header + layout + Hdf5Messages.ContiguousAddress, values)); }
        return header;
    }

    private void Attributes(Hdf5Object item, List<(Hdf5MessageType Type, int Flags, byte[] Bytes)> messages)
    {
        foreach ((string name, Hdf5Attribute attribute) in item.Attributes)
        {
            Hdf5Values values = attribute.Values;
            string place = item.AttributePlace(name);
            byte[] data;
            if (values.Type.Class == Hdf5Class.VariableString) { data = Texts(values); }
            else if (values.Count * values.Type.Size > MostMessage) { throw TooLarge(place); }
            else { values.ReadBytes(0, data = new byte[values.Count * values.Type.Size]); }
            byte[] message = Hdf5Messages.Attribute(name, Hdf5Messages.Datatype(values.Type, place), Hdf5Messages.Dataspace(values), data);
            if (message.Length > MostMessage) { throw TooLarge(place); }
            messages.Add((Hdf5MessageType.Attribute, 0, message));
        }
    }

    private static EngramException TooLarge(string place) => new($"{place} has more than {MostMessage} bytes, which HDF5 does not hold in an attribute; split it, or use a text of any length.");

    private byte[] Texts(Hdf5Values values)
    {
        var references = new byte[values.Count * 16];
        int at = 0;
        foreach (string text in values.ReadStrings())
        {
            heap.Add(text).CopyTo(references, at);
            at += 16;
        }

        return references;
    }

    // A version 1 header with all messages in one block.
    private int Header(List<(Hdf5MessageType Type, int Flags, byte[] Bytes)> messages)
    {
        if (messages.Count > ushort.MaxValue) { throw new EngramException($"An object has {messages.Count} attributes; HDF5 holds up to about {ushort.MaxValue}."); }
        var fields = new Hdf5Fields();
        foreach ((Hdf5MessageType type, int flags, byte[] bytes) in messages)
        {
            fields.U16((int)type).U16(Hdf5Buffer.Round8(bytes.Length)).U8(flags, 0, 0, 0).Put(bytes).Align8();
        }

        byte[] all = fields.ToArray();
        return buffer.Put(new Hdf5Fields().U8(1, 0).U16(messages.Count).U32(1).U32(all.Length).U32(0).Put(all).ToArray());
    }
}

/// <summary>Texts of any length as they stand in an array: references to the global heap.</summary>
internal sealed class Hdf5References(Hdf5Values texts, byte[] references) : Hdf5Values(texts.Place, texts.Type, texts.Shape, texts.Count)
{
    public override string[] ReadStrings() => texts.ReadStrings();

    public override void ReadBytes(long start, Span<byte> destination) => references.AsSpan((int)start, destination.Length).CopyTo(destination);
}
