namespace Engram.Formats.Hdf5;

/// <summary>Reads attribute messages, versions 1 to 3.</summary>
internal static class Hdf5AttributeMessage
{
    /// <summary>Reads one and attaches it to an object.</summary>
    public static void Read(Hdf5Cursor cursor, Hdf5Object target)
    {
        int version = cursor.Version(1, 3);
        int flags = cursor.U8(); // reserved in version 1, where it is 0
        int nameSize = cursor.U16();
        int typeSize = cursor.U16();
        int spaceSize = cursor.U16();
        if (version == 3) { cursor.Skip(1); } // the encoding of the name; ASCII is UTF-8 too
        Hdf5Cursor part = cursor.Part(nameSize, "an attribute's name");
        string name = part.ZeroTerminated();
        if (name.Length == 0) { throw part.Error("an attribute's name is empty"); }
        if (version == 1) { Pad(ref cursor, nameSize); }
        part = cursor.Part(typeSize, $"the type of the attribute '{name}'");
        Hdf5Type type = (flags & 1) != 0 ? Hdf5Datatype.Committed(ref part) : Hdf5Datatype.Read(ref part);
        if (version == 1) { Pad(ref cursor, typeSize); }
        if ((flags & 2) != 0) { throw cursor.Error($"the shape of the attribute '{name}' is shared", "shapes in their place are read"); }
        part = cursor.Part(spaceSize, $"the shape of the attribute '{name}'");
        Hdf5Dataspace space = Hdf5Dataspace.Read(ref part);
        if (version == 1) { Pad(ref cursor, spaceSize); }
        if (space.Count > cursor.Left / type.Size) { throw cursor.Error($"the attribute '{name}' has {space.Count} elements of {type.Size} bytes, but {cursor.Left} bytes"); }
        ReadOnlyMemory<byte> bytes = cursor.Keep(space.Count * type.Size);
        if (target.Attributes.ContainsKey(name)) { throw cursor.Error($"the attribute '{name}' stands twice"); }
        target.Set(name, new Hdf5Stored(cursor.Source with { Path = target.AttributePlace(name) }, type, space, new Hdf5Compact(bytes)));
    }

    private static void Pad(ref Hdf5Cursor cursor, int size) => cursor.Skip(((size + 7) & ~7) - size);
}
