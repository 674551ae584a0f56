namespace Engram.Formats.Hdf5;

/// <summary>The kinds of header messages that are read; others are skipped.</summary>
internal enum Hdf5MessageType
{
    Dataspace = 1,
    LinkInfo = 2,
    Datatype = 3,
    OldFill = 4,
    Fill = 5,
    Link = 6,
    ExternalFiles = 7,
    Layout = 8,
    GroupInfo = 10,
    Filters = 11,
    Attribute = 12,
    Continuation = 16,
    SymbolTable = 17,
    AttributeInfo = 21,
}

/// <summary>A message of an object's header.</summary>
/// <param name="Type">What it is; may be a number that has no name here.</param>
/// <param name="Shared">Whether the message itself lies elsewhere and this is the place.</param>
/// <param name="Order">A number that grows with the time of its creation; 0 where the file does not keep it.</param>
/// <param name="Bytes">Its contents.</param>
/// <param name="Address">Where they start.</param>
internal readonly record struct Hdf5Message(Hdf5MessageType Type, bool Shared, int Order, ReadOnlyMemory<byte> Bytes, long Address)
{
    /// <summary>A cursor over the contents.</summary>
    public Hdf5Cursor Open(Hdf5Source source) => new(source, Bytes, Address, $"the {Type} message");
}

/// <summary>The header of an object, version 1 or 2: its messages, gathered from all its blocks.</summary>
internal static class Hdf5Header
{
    private const int SharedFlag = 1 << 1;
    private const int MustUnderstandFlag = 1 << 7;

    /// <summary>Reads all messages.</summary>
    public static List<Hdf5Message> Read(Hdf5Source source, long address)
    {
        var messages = new List<Hdf5Message>();
        Hdf5Cursor prefix = source.BlockUpTo(address, 34, "an object's header");
        var blocks = new Queue<(long Address, long Size)>();
        if (prefix.Length >= 4 && prefix.Take(4).SequenceEqual("OHDR"u8))
        {
            bool order = Version2(ref prefix, out long size);
            int head = prefix.Position;
            Hdf5Cursor block = source.Block(address, Add(prefix, size, head + 4), "an object's header");
            block.Position = head;
            Messages2(ref block, order, messages, blocks);
            while (blocks.TryDequeue(out (long Address, long Size) next))
            {
                Hdf5Cursor continued = source.Block(next.Address, next.Size, "a continued header");
                continued.Signature("OCHK"u8);
                Messages2(ref continued, order, messages, blocks);
            }
        }
        else
        {
            prefix.Position = 0;
            prefix.Version(1, 1);
            prefix.Skip(1);
            int count = prefix.U16();
            prefix.Skip(4);
            blocks.Enqueue((address + 16, prefix.U32()));
            while (blocks.TryDequeue(out (long Address, long Size) next))
            {
                Hdf5Cursor block = source.Block(next.Address, next.Size, "an object's header");
                Messages1(ref block, count, messages, blocks);
            }
        }

        return messages;
    }

    /// <summary>The message of a type, if there is one; there must not be two.</summary>
    public static Hdf5Message? Find(List<Hdf5Message> messages, Hdf5Source source, Hdf5MessageType type)
    {
        Hdf5Message? found = null;
        foreach (Hdf5Message message in messages)
        {
            if (message.Type != type) { continue; }
            if (found is not null) { throw source.Error(message.Address, $"there are two {type} messages"); }
            found = message;
        }

        return found;
    }

    private static long Add(Hdf5Cursor cursor, long size, int more) => size <= cursor.Source.Bytes.Length ? size + more : throw cursor.Error($"{size} bytes of messages");

    private static bool Version2(ref Hdf5Cursor prefix, out long size)
    {
        prefix.Version(2, 2);
        int flags = prefix.U8();
        if ((flags & 0x20) != 0) { prefix.Skip(16); } // times
        if ((flags & 0x10) != 0) { prefix.Skip(4); } // when attributes become dense
        size = prefix.Number(1 << (flags & 3));
        return (flags & 4) != 0;
    }

    private static void Messages2(ref Hdf5Cursor block, bool order, List<Hdf5Message> messages, Queue<(long Address, long Size)> blocks)
    {
        if (block.Left < 4) { throw block.Error("too short for a checksum"); }
        int prefix = order ? 6 : 4;
        int end = block.Length - 4;
        while (end - block.Position >= prefix) // what is shorter is a gap
        {
            int type = block.U8();
            int size = block.U16();
            int flags = block.U8();
            int number = order ? block.U16() : 0;
            if (size > end - block.Position) { throw block.Error($"a message of {size} bytes does not fit"); }
            Add(ref block, type, size, flags, number, messages, blocks);
        }

        block.Position = end;
        block.Checksum();
    }

    private static void Messages1(ref Hdf5Cursor block, int count, List<Hdf5Message> messages, Queue<(long Address, long Size)> blocks)
    {
        while (block.Left >= 8)
        {
            int type = block.U16();
            int size = block.U16();
            int flags = block.U8();
            block.Skip(3);
            Add(ref block, type, size, flags, 0, messages, blocks);
        }

        if (messages.Count > count) { throw block.Error($"more messages than the {count} that are declared"); }
    }

    private static void Add(
        ref Hdf5Cursor block, int type, int size, int flags, int order, List<Hdf5Message> messages, Queue<(long Address, long Size)> blocks)
    {
        if (type != 0 && !Enum.IsDefined((Hdf5MessageType)type) && (flags & MustUnderstandFlag) != 0)
        {
            throw block.Error($"a message of the unknown type {type}", "it says that it must be understood");
        }

        long address = block.Address;
        var message = new Hdf5Message((Hdf5MessageType)type, (flags & SharedFlag) != 0, order, block.Keep(size), address);
        messages.Add(message);
        if (message.Type != Hdf5MessageType.Continuation) { return; }
        Hdf5Cursor cursor = message.Open(block.Source);
        blocks.Enqueue((cursor.DefinedOffset(), cursor.Count()));
    }
}
