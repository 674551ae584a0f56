namespace Engram.Formats.Hdf5;

/// <summary>Reads datatype messages.</summary>
internal static class Hdf5Datatype
{
    private static readonly string[] OtherNames =
        ["", "", "time", "padded text", "bit field", "opaque", "compound", "reference", "", "variable-length list", "array", "complex number"];

    /// <summary>The type in a datatype message of an object's header.</summary>
    public static Hdf5Type Read(Hdf5Source source, Hdf5Message message)
    {
        Hdf5Cursor cursor = message.Open(source);
        return message.Shared ? Committed(ref cursor) : Read(ref cursor);
    }

    /// <summary>The type that is committed to the file as an object of its own, of which this is the place.</summary>
    public static Hdf5Type Committed(ref Hdf5Cursor cursor)
    {
        int version = cursor.Version(1, 3);
        int kind = cursor.U8();
        if (version == 3 && kind != 2) { throw cursor.Error($"a type shared in way {kind}", "types are read from the object's header or a committed type"); }
        if (version == 1) { cursor.Skip(6); }
        Hdf5Source source = cursor.Source;
        long address = cursor.DefinedOffset();
        if (source.Work.Types.TryGetValue(address, out Hdf5Type? type)) { return type; }
        Hdf5Message message = Hdf5Header.Find(Hdf5Header.Read(source, address), source, Hdf5MessageType.Datatype)
            ?? throw source.Error(address, "the committed type has no Datatype message");
        if (message.Shared) { throw source.Error(address, "a committed type refers to another one"); }
        Hdf5Cursor committed = message.Open(source);
        return source.Work.Types[address] = Read(ref committed);
    }

    /// <summary>A type that stands here.</summary>
    public static Hdf5Type Read(ref Hdf5Cursor cursor)
    {
        int first = cursor.U8();
        int version = first >> 4;
        if (version is < 1 or > 5) { throw cursor.Error($"version {version} of a type", "versions 1 to 5 are read"); }
        int bits = cursor.U8() | cursor.U8() << 8 | cursor.U8() << 16;
        uint size = cursor.U32();
        if (size is 0 or > int.MaxValue) { throw cursor.Error($"elements of {size} bytes"); }
        return (first & 15) switch
        {
            0 => Integer(ref cursor, bits, (int)size),
            1 => Float(ref cursor, bits, (int)size),
            3 when (bits & 15) <= (int)Hdf5Padding.Blanks => new Hdf5Type
            {
                Class = Hdf5Class.FixedString,
                Size = (int)size,
                Utf8 = (bits >> 4 & 15) == 1,
                Padding = (Hdf5Padding)(bits & 15),
            },
            8 => Enumeration(ref cursor, bits, (int)size, version),
            9 when (bits & 15) == 1 => VariableString(ref cursor, bits, (int)size),
            int other => Other((int)size, other < OtherNames.Length ? OtherNames[other] : $"type class {other}"),
        };
    }

    private static Hdf5Type Other(int size, string name) => new() { Class = Hdf5Class.Other, Size = size, OtherName = name };

    private static Hdf5Type Integer(ref Hdf5Cursor cursor, int bits, int size)
    {
        int offset = cursor.U16();
        int precision = cursor.U16();
        return size is 1 or 2 or 4 or 8 && offset == 0 && precision == size * 8
            ? new Hdf5Type { Class = Hdf5Class.Integer, Size = size, Signed = (bits & 8) != 0, BigEndian = (bits & 1) != 0 }
            : Other(size, $"integers of {precision} bits in {size} bytes");
    }

    private static Hdf5Type Float(ref Hdf5Cursor cursor, int bits, int size)
    {
        int offset = cursor.U16();
        int precision = cursor.U16();
        (int exponentAt, int exponent, int mantissaAt, int mantissa) = (cursor.U8(), cursor.U8(), cursor.U8(), cursor.U8());
        uint bias = cursor.U32();
        int sign = bits >> 8 & 255;
        bool ieee = (size, sign, exponentAt, exponent, mantissa, bias) is
            (2, 15, 10, 5, 10, 15u) or (4, 31, 23, 8, 23, 127u) or (8, 63, 52, 11, 52, 1023u);
        return ieee && offset == 0 && precision == size * 8 && mantissaAt == 0 && (bits & 0x70) == 0x20 // the leading 1 is not stored
            ? new Hdf5Type { Class = Hdf5Class.Float, Size = size, BigEndian = (bits & 1) != 0 }
            : Other(size, $"floating-point numbers of {precision} bits ({exponent} of exponent, {mantissa} of mantissa)");
    }

    private static Hdf5Type VariableString(ref Hdf5Cursor cursor, int bits, int size) => size == 8 + cursor.Source.OffsetSize
        ? new Hdf5Type { Class = Hdf5Class.VariableString, Size = size, Utf8 = (bits >> 8 & 15) == 1 }
        : throw cursor.Error($"texts of any length take {size} bytes", $"they take {8 + cursor.Source.OffsetSize}");

    // An enumeration is read as its integers; h5py's truth values are one of FALSE = 0 and TRUE = 1.
    private static Hdf5Type Enumeration(ref Hdf5Cursor cursor, int bits, int size, int version)
    {
        int members = bits & 0xffff;
        if ((cursor.U8() & 15) != 0) { return Other(size, "enumeration of other than integers"); }
        cursor.Position--;
        Hdf5Type number = Read(ref cursor);
        if (number.Class != Hdf5Class.Integer || number.Size != size) { return Other(size, $"enumeration of {number}"); }
        var names = new string[Math.Min(members, 2)];
        for (int i = 0; i < members; i++)
        {
            int start = cursor.Position;
            string name = cursor.ZeroTerminated();
            if (version < 3) { cursor.Skip(((cursor.Position - start + 7) & ~7) - (cursor.Position - start)); }
            if (i < names.Length) { names[i] = name; }
        }

        bool truth = members == 2 && size == 1 && names is ["FALSE", "TRUE"] && cursor.Take(2) is [0, 1];
        return number with { Boolean = truth };
    }
}
