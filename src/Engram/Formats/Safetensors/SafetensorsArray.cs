using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Engram.Formats.Safetensors;

/// <summary>One named array of a safetensors file: its type, shape and little-endian elements in row-major order.</summary>
public sealed class SafetensorsArray
{
    private readonly byte[] bytes;

    internal SafetensorsArray(string name, SafetensorsType type, Shape shape, byte[] bytes)
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
    public SafetensorsArray(string name, ReadOnlySpan<int> shape, ReadOnlySpan<float> values)
        : this(name, SafetensorsType.F32, Checked(name, shape, values.Length), LittleEndian(values)) { }

    /// <summary>Creates an array of 64-bit floats (F64).</summary>
    /// <inheritdoc cref="SafetensorsArray(string, ReadOnlySpan{int}, ReadOnlySpan{float})"/>
    public SafetensorsArray(string name, ReadOnlySpan<int> shape, ReadOnlySpan<double> values)
        : this(name, SafetensorsType.F64, Checked(name, shape, values.Length), LittleEndian(values)) { }

    /// <summary>Creates an array of 64-bit integers (I64).</summary>
    /// <inheritdoc cref="SafetensorsArray(string, ReadOnlySpan{int}, ReadOnlySpan{float})"/>
    public SafetensorsArray(string name, ReadOnlySpan<int> shape, ReadOnlySpan<long> values)
        : this(name, SafetensorsType.I64, Checked(name, shape, values.Length), LittleEndian(values)) { }

    /// <summary>Creates an array of bytes (U8).</summary>
    /// <inheritdoc cref="SafetensorsArray(string, ReadOnlySpan{int}, ReadOnlySpan{float})"/>
    public SafetensorsArray(string name, ReadOnlySpan<int> shape, ReadOnlySpan<byte> values)
        : this(name, SafetensorsType.U8, Checked(name, shape, values.Length), values.ToArray()) { }

    /// <summary>The array's name in the file.</summary>
    public string Name { get; }

    /// <summary>The element type.</summary>
    public SafetensorsType Type { get; }

    /// <summary>The length of each axis.</summary>
    public Shape Shape { get; }

    /// <summary>The number of elements.</summary>
    public int Length => bytes.Length / SafetensorsTypes.Size(Type);

    /// <summary>The elements as they stand in the file: little-endian, row-major.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>The elements as 32-bit floats, whatever their type; wider ones are rounded to the nearest.</summary>
    public float[] ToFloats()
    {
        if (Type == SafetensorsType.F32 && BitConverter.IsLittleEndian) { return MemoryMarshal.Cast<byte, float>(bytes).ToArray(); }
        var values = new float[Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch // integers go straight to float: by way of double they would be rounded twice
            {
                SafetensorsType.I64 => BinaryPrimitives.ReadInt64LittleEndian(At(i, 8)),
                SafetensorsType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(At(i, 8)),
                _ => (float)Double(i),
            };
        }

        return values;
    }

    /// <summary>The elements as 64-bit floats, whatever their type; 64-bit integers are rounded to the nearest.</summary>
    public double[] ToDoubles()
    {
        var values = new double[Length];
        for (int i = 0; i < values.Length; i++) { values[i] = Double(i); }
        return values;
    }

    /// <summary>The elements of an array of integers or truth values.</summary>
    /// <exception cref="EngramException">The array holds floating-point numbers, or a U64 element does not fit.</exception>
    public long[] ToInt64s()
    {
        var values = new long[Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                SafetensorsType.Bool or SafetensorsType.U8 => bytes[i],
                SafetensorsType.I8 => (sbyte)bytes[i],
                SafetensorsType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(At(i, 2)),
                SafetensorsType.I16 => BinaryPrimitives.ReadInt16LittleEndian(At(i, 2)),
                SafetensorsType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(At(i, 4)),
                SafetensorsType.I32 => BinaryPrimitives.ReadInt32LittleEndian(At(i, 4)),
                SafetensorsType.I64 => BinaryPrimitives.ReadInt64LittleEndian(At(i, 8)),
                SafetensorsType.U64 when BinaryPrimitives.ReadUInt64LittleEndian(At(i, 8)) is var wide => wide <= long.MaxValue
                    ? (long)wide
                    : throw new EngramException($"Array '{Name}': element {i} is {wide}, which does not fit a signed 64-bit integer."),
                _ => throw new EngramException($"Array '{Name}' holds {SafetensorsTypes.Name(Type)}, not integers."),
            };
        }

        return values;
    }

    /// <summary>Name, type and shape, for the debugger.</summary>
    public override string ToString() => $"{Name}: {SafetensorsTypes.Name(Type)} {Shape}";

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

    private static byte[] LittleEndian<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            int size = bytes.Length / Math.Max(1, values.Length);
            for (int i = 0; i < values.Length; i++) { bytes.AsSpan(i * size, size).Reverse(); }
        }

        return bytes;
    }

    private ReadOnlySpan<byte> At(int index, int size) => bytes.AsSpan(index * size, size);

    private double Double(int i) => Type switch
    {
        SafetensorsType.Bool or SafetensorsType.U8 => bytes[i],
        SafetensorsType.I8 => (sbyte)bytes[i],
        SafetensorsType.U16 => BinaryPrimitives.ReadUInt16LittleEndian(At(i, 2)),
        SafetensorsType.I16 => BinaryPrimitives.ReadInt16LittleEndian(At(i, 2)),
        SafetensorsType.U32 => BinaryPrimitives.ReadUInt32LittleEndian(At(i, 4)),
        SafetensorsType.I32 => BinaryPrimitives.ReadInt32LittleEndian(At(i, 4)),
        SafetensorsType.U64 => BinaryPrimitives.ReadUInt64LittleEndian(At(i, 8)),
        SafetensorsType.I64 => BinaryPrimitives.ReadInt64LittleEndian(At(i, 8)),
        SafetensorsType.F16 => (double)BinaryPrimitives.ReadHalfLittleEndian(At(i, 2)),
        SafetensorsType.BF16 => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(At(i, 2)) << 16),
        SafetensorsType.F32 => BinaryPrimitives.ReadSingleLittleEndian(At(i, 4)),
        _ => BinaryPrimitives.ReadDoubleLittleEndian(At(i, 8)),
    };
}
