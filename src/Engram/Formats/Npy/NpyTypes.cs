
namespace Engram.Formats.Npy;

/// <summary>NumPy's names of element types: byte order, kind, bytes; <c>&lt;f4</c> is a little-endian 32-bit float.</summary>
internal static class NpyTypes
{
    /// <summary>The type of a description; false when there is none of it here.</summary>
    public static bool TryParse(string description, out ElementType type, out bool bigEndian)
    {
        bigEndian = description.StartsWith('>');
        (bool known, type) = description.Length == 3 && description[0] is '<' or '>' or '|' ? description[1..] switch
        {
            "b1" => (true, ElementType.Bool),
            "u1" => (true, ElementType.U8),
            "i1" => (true, ElementType.I8),
            "u2" => (true, ElementType.U16),
            "i2" => (true, ElementType.I16),
            "u4" => (true, ElementType.U32),
            "i4" => (true, ElementType.I32),
            "u8" => (true, ElementType.U64),
            "i8" => (true, ElementType.I64),
            "f2" => (true, ElementType.F16),
            "f4" => (true, ElementType.F32),
            "f8" => (true, ElementType.F64),
            _ => (false, default),
        }
        : (false, default);
        return known && (description[0] != '|' || ElementTypes.Size(type) == 1);
    }

    /// <summary>The description of an array's type.</summary>
    /// <exception cref="EngramException">NumPy has no such type.</exception>
    public static string Description(NamedArray array) => array.Type switch
    {
        ElementType.Bool => "|b1",
        ElementType.U8 => "|u1",
        ElementType.I8 => "|i1",
        ElementType.U16 => "<u2",
        ElementType.I16 => "<i2",
        ElementType.U32 => "<u4",
        ElementType.I32 => "<i4",
        ElementType.U64 => "<u8",
        ElementType.I64 => "<i8",
        ElementType.F16 => "<f2",
        ElementType.F32 => "<f4",
        ElementType.F64 => "<f8",
        _ => throw new EngramException($"The array '{array.Name}' is {ElementTypes.Name(array.Type)}, which NumPy does not have; write it as 32-bit floats or to a safetensors file."),
    };

    /// <summary>Why a description is refused.</summary>
    public static string Refusal(string description) => description.EndsWith('O')
        ? "says that the elements are Python objects ('O'), which only running a pickle would bring back; that is never done. Save numbers instead"
        : $"names the type '{description}'; read are b1, i1 to i8, u1 to u8, f2, f4 and f8, with '<' or '>' before them";
}
