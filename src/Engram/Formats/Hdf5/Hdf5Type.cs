namespace Engram.Formats.Hdf5;

/// <summary>What the elements of an array or attribute are.</summary>
internal enum Hdf5Class
{
    /// <summary>Whole numbers of 1, 2, 4 or 8 bytes.</summary>
    Integer,

    /// <summary>IEEE floating-point numbers of 2, 4 or 8 bytes.</summary>
    Float,

    /// <summary>Texts of a fixed length.</summary>
    FixedString,

    /// <summary>Texts of any length, which lie in the file's global heap.</summary>
    VariableString,

    /// <summary>Anything else; such elements are named and skipped, never read.</summary>
    Other,
}

/// <summary>How texts of a fixed length are filled up.</summary>
internal enum Hdf5Padding
{
    /// <summary>A zero ends the text.</summary>
    ZeroTerminated,

    /// <summary>Zeros fill it up; a text of the full length has none.</summary>
    Zeros,

    /// <summary>Blanks fill it up.</summary>
    Blanks,
}

/// <summary>The type of the elements of an array or attribute.</summary>
internal sealed record Hdf5Type
{
    /// <summary>Kind of element.</summary>
    public required Hdf5Class Class { get; init; }

    /// <summary>The bytes of one element in the file.</summary>
    public required int Size { get; init; }

    /// <summary>Whether an integer has a sign.</summary>
    public bool Signed { get; init; }

    /// <summary>Whether the most significant byte of a number comes first.</summary>
    public bool BigEndian { get; init; }

    /// <summary>Whether a text is UTF-8; otherwise it is marked as ASCII (what is beyond ASCII is read as UTF-8 all the same).</summary>
    public bool Utf8 { get; init; }

    /// <summary>How a text of a fixed length is filled up.</summary>
    public Hdf5Padding Padding { get; init; }

    /// <summary>Whether the integers are h5py's truth values (an enumeration of FALSE and TRUE).</summary>
    public bool Boolean { get; init; }

    /// <summary>What an element of class <see cref="Hdf5Class.Other"/> is.</summary>
    public string? OtherName { get; init; }

    /// <summary>16-bit floating-point numbers, little-endian.</summary>
    public static Hdf5Type Float16 { get; } = new() { Class = Hdf5Class.Float, Size = 2 };

    /// <summary>32-bit floating-point numbers, little-endian.</summary>
    public static Hdf5Type Float32 { get; } = new() { Class = Hdf5Class.Float, Size = 4 };

    /// <summary>64-bit floating-point numbers, little-endian.</summary>
    public static Hdf5Type Float64 { get; } = new() { Class = Hdf5Class.Float, Size = 8 };

    /// <summary>Texts of any length marked as UTF-8: what h5py writes for <c>str</c>.</summary>
    public static Hdf5Type VariableUtf8 { get; } = new() { Class = Hdf5Class.VariableString, Size = 16, Utf8 = true };

    /// <summary>Texts of any length marked as ASCII: what h5py writes for <c>bytes</c>.</summary>
    public static Hdf5Type VariableAscii { get; } = new() { Class = Hdf5Class.VariableString, Size = 16 };

    /// <summary>Integers, little-endian.</summary>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="signed">Whether they have a sign.</param>
    public static Hdf5Type Integer(int size, bool signed) => new() { Class = Hdf5Class.Integer, Size = size, Signed = signed };

    /// <summary>Texts of a fixed number of bytes, filled up with zeros, marked as ASCII: what h5py writes for <c>numpy.bytes_</c>.</summary>
    /// <param name="size">The bytes of a text.</param>
    public static Hdf5Type FixedAscii(int size) => new() { Class = Hdf5Class.FixedString, Size = size, Padding = Hdf5Padding.Zeros };

    /// <summary>The type's usual name, such as <c>float32</c>, <c>int64 (big-endian)</c> or <c>string</c>.</summary>
    public override string ToString() => Class switch
    {
        Hdf5Class.Integer when Boolean => "bool",
        Hdf5Class.Integer => $"{(Signed ? "int" : "uint")}{Size * 8}{(BigEndian ? " (big-endian)" : "")}",
        Hdf5Class.Float => $"float{Size * 8}{(BigEndian ? " (big-endian)" : "")}",
        Hdf5Class.FixedString => $"string of {Size} bytes",
        Hdf5Class.VariableString => "string",
        _ => OtherName ?? "other",
    };
}
