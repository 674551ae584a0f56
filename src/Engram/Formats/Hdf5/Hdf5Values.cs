using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engram.Formats.Hdf5;

/// <summary>The elements of a dataset or attribute, wherever they are, and their conversion to what a caller asks for.</summary>
internal abstract class Hdf5Values
{
    private const int BlockBytes = 1 << 17;
    private const int CopyBytes = 1 << 20;

    private protected Hdf5Values(string place, Hdf5Type type, long[] shape, long count)
    {
        Place = place;
        Type = type;
        Shape = shape;
        Count = count;
    }

    /// <summary>What errors call the place: file and path.</summary>
    public string Place { get; }

    /// <summary>The type of the elements.</summary>
    public Hdf5Type Type { get; }

    /// <summary>The length of each axis.</summary>
    public long[] Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>An error at this place.</summary>
    public EngramException Error(string what, string right) => new($"{Place}: {what}; {right}.");

    /// <summary>Reads all elements as 32-bit floats.</summary>
    /// <returns>Whether all of them are finite.</returns>
    public bool ReadFloats(Span<float> destination)
    {
        CheckLength(destination.Length);
        if (Type is { Class: Hdf5Class.Float, Size: 4 } && Type.BigEndian != BitConverter.IsLittleEndian)
        {
            if (Whole && Count > Array.MaxLength / sizeof(float)) { throw Error($"has {Count * sizeof(float)} bytes in compressed chunks", $"at most {Array.MaxLength} are read"); }
            int most = (Whole ? int.MaxValue : BlockBytes) / sizeof(float); // elements of which the bytes fit a span, or are still near the processor when they are looked at
            bool finite = true;
            for (int start = 0; start < destination.Length; start += most)
            {
                Span<float> part = destination.Slice(start, Math.Min(most, destination.Length - start));
                ReadBytes(4L * start, MemoryMarshal.AsBytes(part));
                finite &= AllFinite(part);
            }

            return finite;
        }

        Convert(destination, Type switch // integers go straight to float: by way of double they would be rounded twice
        {
            { Class: Hdf5Class.Integer, Size: 8, Signed: true } => (bytes, _) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            { Class: Hdf5Class.Integer, Size: 8 } => (bytes, _) => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            _ => (bytes, type) => (float)Double(bytes, type),
        });
        return AllFinite(destination);
    }

    /// <summary>All elements as 64-bit floats.</summary>
    public double[] ReadDoubles() => Convert(Double);

    /// <summary>All elements of integer type.</summary>
    public long[] ReadIntegers() => Type.Class == Hdf5Class.Integer ? Convert(Integer) : throw Error($"holds {Type}", "integers are expected");

    /// <summary>All elements of a text type.</summary>
    public abstract string[] ReadStrings();

    /// <summary>Reads the bytes of elements, as they stand in the file, in row-major order.</summary>
    /// <param name="start">The first byte, counted from that of the first element.</param>
    /// <param name="destination">Filled to its end.</param>
    public abstract void ReadBytes(long start, Span<byte> destination);

    /// <summary>Writes the bytes of all elements, block by block.</summary>
    public virtual void WriteBytes(Stream stream)
    {
        long total = Count * Type.Size;
        if (Whole && total > Array.MaxLength) { throw Error($"has {total} bytes in one piece", $"at most {Array.MaxLength} are written"); }
        var block = new byte[Whole ? total : Math.Min(total, CopyBytes)];
        for (long start = 0; start < total; start += block.Length)
        {
            Span<byte> part = block.AsSpan(0, (int)Math.Min(block.Length, total - start));
            ReadBytes(start, part);
            stream.Write(part);
        }
    }

    /// <summary>Whether <see cref="ReadBytes"/> of a part costs as much as that of the whole.</summary>
    private protected virtual bool Whole => false;

    private protected T[] NewArray<T>() => Count <= Array.MaxLength ? new T[Count] : throw Error($"has {Count} elements", "that is more than an array can hold");

    private static double Double(ReadOnlySpan<byte> bytes, Hdf5Type type) => (type.Class, type.Size, type.Signed) switch
    {
        (Hdf5Class.Float, 2, _) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        (Hdf5Class.Float, 4, _) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        (Hdf5Class.Float, _, _) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        (_, 8, false) => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        _ => Signed(bytes, type),
    };

    private static long Signed(ReadOnlySpan<byte> bytes, Hdf5Type type) => (type.Size, type.Signed) switch
    {
        (1, false) => bytes[0],
        (1, true) => (sbyte)bytes[0],
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, true) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (4, true) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
    };

    private long Integer(ReadOnlySpan<byte> bytes, Hdf5Type type)
    {
        long value = Signed(bytes, type);
        return value >= 0 || type.Signed ? value : throw Error($"holds {(ulong)value}", $"integers up to {long.MaxValue} are read");
    }

    private delegate T Decode<T>(ReadOnlySpan<byte> bytes, Hdf5Type type);

    private T[] Convert<T>(Decode<T> decode)
    {
        CheckNumbers();
        T[] values = NewArray<T>();
        Convert(values, decode);
        return values;
    }

    // The elements' bytes come in blocks, so that memory is only taken for the result.
    private void Convert<T>(Span<T> destination, Decode<T> decode)
    {
        CheckNumbers();
        int size = Type.Size;
        long total = Count * size;
        if (Whole && total > Array.MaxLength) { throw Error($"has {total} bytes in compressed chunks", $"at most {Array.MaxLength} are read"); }
        var block = new byte[Whole ? total : Math.Min(total, BlockBytes)];
        for (long start = 0; start < total; start += block.Length)
        {
            Span<byte> part = block.AsSpan(0, (int)Math.Min(block.Length, total - start));
            ReadBytes(start, part);
            for (int i = 0; i < part.Length; i += size)
            {
                Span<byte> element = part.Slice(i, size);
                if (Type.BigEndian) { element.Reverse(); }
                destination[(int)((start + i) / size)] = decode(element, Type);
            }
        }
    }

    // A number less itself is zero, or NaN where it is not finite.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // most of the work is done before it would be compiled a second time
    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> blocks = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> sums = Vector<float>.Zero;
        foreach (Vector<float> block in blocks) { sums += block - block; }
        float sum = Vector.Sum(sums);
        foreach (float value in values[(blocks.Length * Vector<float>.Count)..]) { sum += value - value; }
        return sum == 0;
    }

    private void CheckNumbers()
    {
        if (Type.Class is not (Hdf5Class.Integer or Hdf5Class.Float)) { throw Error($"holds {Type}", "numbers are expected"); }
    }

    private void CheckLength(int length)
    {
        if (length != Count) { throw Error($"has {Count} elements of shape ({string.Join(", ", Shape)})", $"{length} are expected"); }
    }
}
