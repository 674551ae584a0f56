namespace Engram.Formats.Safetensors;

/// <summary>The element type of an array in a safetensors file, named as in the file's header.</summary>
public enum SafetensorsType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>16-bit unsigned integer.</summary>
    U16,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>32-bit unsigned integer.</summary>
    U32,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>64-bit unsigned integer.</summary>
    U64,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>16-bit floating point (IEEE 754 half precision).</summary>
    F16,

    /// <summary>16-bit floating point: the upper half of a 32-bit one.</summary>
    BF16,

    /// <summary>32-bit floating point.</summary>
    F32,

    /// <summary>64-bit floating point.</summary>
    F64,
}

/// <summary>What the header's type names mean.</summary>
internal static class SafetensorsTypes
{
    /// <summary>The names a header may use, for the error that refuses another.</summary>
    public const string Names = "BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32 and F64";

    /// <summary>The type of a header's name; false when there is none.</summary>
    public static bool TryParse(string? name, out SafetensorsType type)
    {
        (bool known, type) = name switch
        {
            "BOOL" => (true, SafetensorsType.Bool),
            "U8" => (true, SafetensorsType.U8),
            "I8" => (true, SafetensorsType.I8),
            "U16" => (true, SafetensorsType.U16),
            "I16" => (true, SafetensorsType.I16),
            "U32" => (true, SafetensorsType.U32),
            "I32" => (true, SafetensorsType.I32),
            "U64" => (true, SafetensorsType.U64),
            "I64" => (true, SafetensorsType.I64),
            "F16" => (true, SafetensorsType.F16),
            "BF16" => (true, SafetensorsType.BF16),
            "F32" => (true, SafetensorsType.F32),
            "F64" => (true, SafetensorsType.F64),
            _ => (false, default),
        };
        return known;
    }

    /// <summary>The name a header uses.</summary>
    public static string Name(SafetensorsType type) => type == SafetensorsType.Bool ? "BOOL" : type.ToString();

    /// <summary>The bytes of one element.</summary>
    public static int Size(SafetensorsType type) => type switch
    {
        SafetensorsType.Bool or SafetensorsType.U8 or SafetensorsType.I8 => 1,
        SafetensorsType.U16 or SafetensorsType.I16 or SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.U32 or SafetensorsType.I32 or SafetensorsType.F32 => 4,
        _ => 8,
    };
}
