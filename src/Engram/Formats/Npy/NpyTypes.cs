using Engram.Formats.Safetensors;

namespace Engram.Formats.Npy;

/// <summary>NumPy's names of element types: byte order, kind, bytes; <c>&lt;f4</c> is a little-endian 32-bit float.</summary>
internal static class NpyTypes
{
    /// <summary>The type of a description; false when there is none of it here.</summary>
    public static bool TryParse(string description, out SafetensorsType type, out bool bigEndian)
    {
        bigEndian = description.StartsWith('>');
        (bool known, type) = description.Length == 3 && description[0] is '<' or '>' or '|' ? description[1..] switch
        {
            "b1" => (true, SafetensorsType.Bool),
            "u1" => (true, SafetensorsType.U8),
            "i1" => (true, SafetensorsType.I8),
            "u2" => (true, SafetensorsType.U16),
            "i2" => (true, SafetensorsType.I16),
            "u4" => (true, SafetensorsType.U32),
            "i4" => (true, SafetensorsType.I32),
            "u8" => (true, SafetensorsType.U64),
            "i8" => (true, SafetensorsType.I64),
            "f2" => (true, SafetensorsType.F16),
            "f4" => (true, SafetensorsType.F32),
            "f8" => (true, SafetensorsType.F64),
            _ => (false, default),
        }
        : (false, default);
        return known && (description[0] != '|' || SafetensorsTypes.Size(type) == 1);
    }

    /// <summary>The description of an array's type.</summary>
    /// <exception cref="EngramException">NumPy has no such type.</exception>
    public static string Description(SafetensorsArray array) => array.Type switch
    {
        SafetensorsType.Bool => "|b1",
        SafetensorsType.U8 => "|u1",
        SafetensorsType.I8 => "|i1",
        SafetensorsType.U16 => "<u2",
        SafetensorsType.I16 => "<i2",
        SafetensorsType.U32 => "<u4",
        SafetensorsType.I32 => "<i4",
        SafetensorsType.U64 => "<u8",
        SafetensorsType.I64 => "<i8",
        SafetensorsType.F16 => "<f2",
        SafetensorsType.F32 => "<f4",
        SafetensorsType.F64 => "<f8",
        _ => throw new EngramException($"The array '{array.Name}' is {SafetensorsTypes.Name(array.Type)}, which NumPy does not have; write it as 32-bit floats or to a safetensors file."),
    };

    /// <summary>Why a description is refused.</summary>
    public static string Refusal(string description) => description.EndsWith('O')
        ? "says that the elements are Python objects ('O'), which only running a pickle would bring back; that is never done. Save numbers instead"
        : $"names the type '{description}'; read are b1, i1 to i8, u1 to u8, f2, f4 and f8, with '<' or '>' before them";
}
