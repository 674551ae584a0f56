namespace Engram.Formats;

/// <summary>The type of an array's elements, under the names that safetensors has for them.</summary>
public enum ElementType
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

/// <summary>The types' names, as safetensors has them.</summary>
internal static class ElementTypes
{
    /// <summary>The names a header may use, for the error that refuses another.</summary>
    public const string Names = "BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32 and F64";

    /// <summary>The type of a header's name; false when there is none.</summary>
    public static bool TryParse(string? name, out ElementType type)
    {
        (bool known, type) = name switch
        {
            "BOOL" => (true, ElementType.Bool),
            "U8" => (true, ElementType.U8),
            "I8" => (true, ElementType.I8),
            "U16" => (true, ElementType.U16),
            "I16" => (true, ElementType.I16),
            "U32" => (true, ElementType.U32),
            "I32" => (true, ElementType.I32),
            "U64" => (true, ElementType.U64),
            "I64" => (true, ElementType.I64),
            "F16" => (true, ElementType.F16),
            "BF16" => (true, ElementType.BF16),
            "F32" => (true, ElementType.F32),
            "F64" => (true, ElementType.F64),
            _ => (false, default),
        };
        return known;
    }

    /// <summary>The name a header uses.</summary>
    public static string Name(ElementType type) => type == ElementType.Bool ? "BOOL" : type.ToString();

    /// <summary>The bytes of one element.</summary>
    public static int Size(ElementType type) => type switch
    {
        ElementType.Bool or ElementType.U8 or ElementType.I8 => 1,
        ElementType.U16 or ElementType.I16 or ElementType.F16 or ElementType.BF16 => 2,
        ElementType.U32 or ElementType.I32 or ElementType.F32 => 4,
        _ => 8,
    };
}
