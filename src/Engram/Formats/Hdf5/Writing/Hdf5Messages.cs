using System.Text;

namespace Engram.Formats.Hdf5;

/// <summary>What the messages of objects' headers hold, in the versions that h5py writes by default.</summary>
internal static class Hdf5Messages
{
    public static byte[] Dataspace(Hdf5Values values)
    {
        var fields = new Hdf5Fields();
        if (values.Count == 0 && values.Shape.Length == 0) { return fields.U8(2, 0, 0, 2).ToArray(); } // no elements at all
        fields.U8(1, values.Shape.Length, values.Shape.Length > 0 ? 1 : 0, 0).U32(0);
        foreach (long axis in values.Shape) { fields.U64(axis); }
        foreach (long axis in values.Shape) { fields.U64(axis); } // the most that it may grow to
        return fields.ToArray();
    }

    public static byte[] Datatype(Hdf5Type type, string place)
    {
        var fields = new Hdf5Fields();
        switch (type.Class)
        {
            case Hdf5Class.Integer when type.Boolean:
                fields.U8(0x18, 2, 0, 0).U32(1).Put(Integer(1, signed: true, bigEndian: false));
                fields.Put("FALSE\0\0\0"u8).Put("TRUE\0\0\0\0"u8).U8(0, 1);
                break;
            case Hdf5Class.Integer:
                fields.Put(Integer(type.Size, type.Signed, type.BigEndian));
                break;
            case Hdf5Class.Float:
                (int exponent, int mantissa) = type.Size switch { 2 => (5, 10), 4 => (8, 23), _ => (11, 52) };
                fields.U8(0x11, 0x20 | (type.BigEndian ? 1 : 0), type.Size * 8 - 1, 0).U32(type.Size).U16(0).U16(type.Size * 8);
                fields.U8(mantissa, exponent, 0, mantissa).U32((1 << (exponent - 1)) - 1);
                break;
            case Hdf5Class.FixedString:
                fields.U8(0x13, (int)type.Padding | (type.Utf8 ? 0x10 : 0), 0, 0).U32(type.Size);
                break;
            case Hdf5Class.VariableString:
                fields.U8(0x19, 1, type.Utf8 ? 1 : 0, 0).U32(16).Put(Integer(1, signed: false, bigEndian: false));
                break;
            default:
                throw new EngramException($"{place}: elements of the type {type} cannot be written; numbers and texts can.");
        }

        return fields.ToArray();
    }

    /// <summary>The fill value zero, written when space is taken, which is when the elements are.</summary>
    public static byte[] Fill() => new Hdf5Fields().U8(2, 2, 2, 1).U32(0).ToArray();

    /// <summary>Elements one after another.</summary>
    public static byte[] Contiguous(long address, long size) => new Hdf5Fields().U8(3, 1).U64(address).U64(size).ToArray();

    /// <summary>Where the address stands in <see cref="Contiguous"/>.</summary>
    public const int ContiguousAddress = 2;

    /// <summary>An attribute: version 1, or 3 for a name that is not ASCII.</summary>
    public static byte[] Attribute(string name, byte[] type, byte[] space, ReadOnlySpan<byte> data)
    {
        bool ascii = Ascii.IsValid(name);
        var fields = new Hdf5Fields().U8(ascii ? 1 : 3, 0).U16(Encoding.UTF8.GetByteCount(name) + 1).U16(type.Length).U16(space.Length);
        if (ascii) { return fields.ZeroTerminated(name).Align8().Put(type).Align8().Put(space).Align8().Put(data).ToArray(); }
        return fields.U8(1).ZeroTerminated(name).Put(type).Put(space).Put(data).ToArray();
    }

    private static byte[] Integer(int size, bool signed, bool bigEndian) =>
        new Hdf5Fields().U8(0x10, (signed ? 8 : 0) | (bigEndian ? 1 : 0), 0, 0).U32(size).U16(0).U16(size * 8).ToArray();
}
