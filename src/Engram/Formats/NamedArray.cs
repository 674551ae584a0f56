using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Engram.Formats;

/// <summary>
/// One named array of a file, of any format that holds arrays: its type, shape and little-endian elements in row-major order. The types are
/// those that safetensors has, and they have its names.
/// </summary>
public sealed class NamedArray
{
    private readonly ArrayBytes bytes;

    internal NamedArray(string name, ElementType type, Shape shape, ArrayBytes bytes)
    {
        Name = name;
        Type = type;
        Shape = shape;
        this.bytes = bytes;
    }

    /// <summary>Creates an array of 32-bit floats (F32).</summary>
    /// <param name="name">The array's name in the file.</param>
    /// <param name="shape">The length of each axis; none for a scalar.</param>
    /// <param name="values">The elements in row-major order; copied.</param>
    /// <exception cref="ArgumentException">The number of values is not the product of the shape.</exception>
    public NamedArray(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
        : this(name, ElementType.F32, Checked(name, shape, values.Length), ArrayBytes.Of(ArrayBytes.LittleEndian(values))) { }

    /// <summary>Creates an array of 64-bit floats (F64).</summary>
    /// <inheritdoc cref="NamedArray(string, ReadOnlySpan{int}, ReadOnlySpan{float})"/>
    public NamedArray(string name, ReadOnlySpan<int> shape, ReadOnlySpan<double> values)
        : this(name, ElementType.F64, Checked(name, shape, values.Length), ArrayBytes.Of(ArrayBytes.LittleEndian(values))) { }

    /// <summary>Creates an array of 64-bit integers (I64).</summary>
    /// <inheritdoc cref="NamedArray(string, ReadOnlySpan{int}, ReadOnlySpan{float})"/>
    public NamedArray(string name, ReadOnlySpan<int> shape, ReadOnlySpan<long> values)
        : this(name, ElementType.I64, Checked(name, shape, values.Length), ArrayBytes.Of(ArrayBytes.LittleEndian(values))) { }

    /// <summary>Creates an array of bytes (U8).</summary>
    /// <inheritdoc cref="NamedArray(string, ReadOnlySpan{int}, ReadOnlySpan{float})"/>
    public NamedArray(string name, ReadOnlySpan<int> shape, ReadOnlySpan<byte> values)
        : this(name, ElementType.U8, Checked(name, shape, values.Length), ArrayBytes.Of(values.ToArray())) { }

    /// <summary>Creates an array of any type from its bytes.</summary>
    /// <param name="name">The array's name in the file.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The length of each axis; none for a scalar.</param>
    /// <param name="bytes">The elements, little-endian and in row-major order; copied.</param>
    /// <exception cref="ArgumentException">The number of bytes is not that of the shape's elements.</exception>
    public NamedArray(string name, ElementType type, ReadOnlySpan<int> shape, ReadOnlySpan<byte> bytes)
        : this(name, type, Checked(name, shape, Whole(name, type, bytes.Length)), ArrayBytes.Of(bytes.ToArray())) { }

    /// <summary>An array over a buffer, which is not copied.</summary>
    internal NamedArray(string name, TensorBuffer buffer)
        : this(name, ElementType.F32, new Shape(buffer.Axes), ArrayBytes.Of(buffer)) { }

    /// <summary>The array's name in the file.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public ElementType Type { get; }

    /// <summary>The length of each axis.</summary>
    public Shape Shape { get; }

    /// <summary>The number of elements.</summary>
    public int Length => bytes.Length / ElementTypes.Size(Type);

    /// <summary>
    /// The elements: little-endian, row-major. Those of a file that was opened, not read, lie in the file, and are there until it is disposed of.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The file that the array lies in is closed.</exception>
    public ReadOnlySpan<byte> Bytes => bytes.Span;

    /// <summary>The elements as 32-bit floats, whatever their type; wider ones are rounded to the nearest.</summary>
    public float[] ToFloats()
    {
        var values = new float[Length];
        CopyTo(values);
        return values;
    }

    /// <summary>Writes the elements as 32-bit floats, as <see cref="ToFloats"/> does, into memory that is there.</summary>
    /// <param name="values">Takes all elements; exactly as long as they are.</param>
    /// <exception cref="ArgumentException">The length is another.</exception>
    public void CopyTo(Span<float> values)
    {
        if (values.Length != Length) { throw new ArgumentException($"Array '{Name}' has {Length} elements; there is room for {values.Length}.", nameof(values)); }
        ReadOnlySpan<byte> from = Bytes;
        if (Type == ElementType.F32 && BitConverter.IsLittleEndian)
        {
            from.CopyTo(MemoryMarshal.AsBytes(values));
            return;
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch // integers go straight to float: by way of double they would be rounded twice
            {
                ElementType.I64 => BinaryPrimitives.ReadInt64LittleEndian(from.Slice(i * 8, 8)),
                ElementType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(from.Slice(i * 8, 8)),
                _ => (float)Double(from, i),
            };
        }
    }

    /// <summary>The elements as 64-bit floats, whatever their type; 64-bit integers are rounded to the nearest.</summary>
    public double[] ToDoubles()
    {
        var values = new double[Length];
        ReadOnlySpan<byte> from = Bytes;
        for (int i = 0; i < values.Length; i++) { values[i] = Double(from, i); }
        return values;
    }

    /// <summary>The elements of an array of integers or truth values.</summary>
    /// <exception cref="EngramException">The array holds floating-point numbers, or a U64 element does not fit.</exception>
    public long[] ToInt64s()
    {
        var values = new long[Length];
        ReadOnlySpan<byte> from = Bytes;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                ElementType.U64 when BinaryPrimitives.ReadUInt64LittleEndian(from.Slice(i * 8, 8)) is var wide => wide <= long.MaxValue
                    ? (long)wide
                    : throw new EngramException($"Array '{Name}': element {i} is {wide}, which does not fit a signed 64-bit integer."),
                _ when Integer(from, i) is { } value => value,
                _ => throw new EngramException($"Array '{Name}' holds {ElementTypes.Name(Type)}, not integers."),
            };
        }

        return values;
    }

    /// <summary>Name, type and shape, for the debugger.</summary>
    public override string ToString() => $"{Name}: {ElementTypes.Name(Type)} {Shape}";

    private static Shape Checked(string name, ReadOnlySpan<int> shape, int values)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        long elements = 1;
        foreach (int axis in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(axis, nameof(shape));
            elements = Math.Min(elements * axis, long.MaxValue >> 32); // saturates far above any array's length
        }

        return elements == values
            ? new Shape(shape)
            : throw new ArgumentException($"Array '{name}': {values} values do not fill the shape {Shape.Format(shape)}.", nameof(values));
    }

    private static int Whole(string name, ElementType type, int bytes) => bytes % ElementTypes.Size(type) == 0
        ? bytes / ElementTypes.Size(type)
        : throw new ArgumentException($"Array '{name}': {bytes} bytes are no whole number of {ElementTypes.Name(type)} elements.", nameof(bytes));

    private double Double(ReadOnlySpan<byte> from, int i) => Integer(from, i) ?? Type switch
    {
        ElementType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(from.Slice(i * 8, 8)),
        ElementType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(from.Slice(i * 2, 2)),
        ElementType.BF16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(from.Slice(i * 2, 2)) << 16),
        ElementType.F32 => BinaryPrimitives.ReadSingleLittleEndian(from.Slice(i * 4, 4)),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(from.Slice(i * 8, 8)),
    };

    // Null for U64, of which not all fit, and for floating-point numbers.
    private long? Integer(ReadOnlySpan<byte> from, int i) => Type switch
    {
        ElementType.Bool or ElementType.U8 => from[i],
        ElementType.I8 => (sbyte)from[i],
        ElementType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(from.Slice(i * 2, 2)),
        ElementType.I16 => BinaryPrimitives.ReadInt16LittleEndian(from.Slice(i * 2, 2)),
        ElementType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(from.Slice(i * 4, 4)),
        ElementType.I32 => BinaryPrimitives.ReadInt32LittleEndian(from.Slice(i * 4, 4)),
        ElementType.I64 => BinaryPrimitives.ReadInt64LittleEndian(from.Slice(i * 8, 8)),
        _ => null,
    };
}
