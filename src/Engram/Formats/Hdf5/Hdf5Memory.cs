using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Engram.Formats.Hdf5;

/// <summary>Elements that are in memory: those of a file that is to be written.</summary>
internal abstract class Hdf5Memory : Hdf5Values
{
    private Hdf5Memory(string place, Hdf5Type type, ReadOnlySpan<int> shape) : base(place, type, Widen(shape), Product(place, shape)) { }

    /// <summary>Numbers of one of .NET's types.</summary>
    public static Hdf5Memory Numbers<T>(string place, ReadOnlySpan<int> shape, ReadOnlyMemory<T> values) where T : unmanaged, INumber<T>
    {
        var numbers = new NumberMemory<T>(place, TypeOf<T>(), shape, values);
        return values.Length == numbers.Count
            ? numbers
            : throw new ArgumentException($"{place}: {values.Length} values do not fill the shape {Engram.Shape.Format(shape)}.", nameof(values));
    }

    /// <summary>32-bit floats that lie somewhere in memory.</summary>
    public static Hdf5Memory Viewed(string place, ReadOnlySpan<int> shape, Hdf5View view) => new ViewedMemory(place, shape, view);

    /// <summary>Texts.</summary>
    public static Hdf5Memory Texts(string place, ReadOnlySpan<int> shape, IReadOnlyList<string> values, Hdf5Type type)
    {
        if (type.Class is not (Hdf5Class.FixedString or Hdf5Class.VariableString)) { throw new ArgumentException($"{place}: texts cannot be written as {type}.", nameof(type)); }
        foreach (string value in values)
        {
            bool fixedLength = type.Class == Hdf5Class.FixedString;
            if (fixedLength ? Encoding.UTF8.GetByteCount(value) > type.Size : value.Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException($"{place}: '{value}' cannot be written as {type}.", nameof(values));
            }
        }

        return new TextMemory(place, type, shape, values);
    }

    /// <inheritdoc/>
    public override string[] ReadStrings() => throw Error($"holds {Type}", "texts are expected");

    private static Hdf5Type TypeOf<T>()
    {
        Type type = typeof(T);
        if (type == typeof(float)) { return Hdf5Type.Float32; }
        if (type == typeof(double)) { return Hdf5Type.Float64; }
        if (type == typeof(Half)) { return Hdf5Type.Float16; }
        if (type == typeof(long)) { return Hdf5Type.Integer(8, signed: true); }
        if (type == typeof(ulong)) { return Hdf5Type.Integer(8, signed: false); }
        if (type == typeof(int)) { return Hdf5Type.Integer(4, signed: true); }
        if (type == typeof(uint)) { return Hdf5Type.Integer(4, signed: false); }
        if (type == typeof(short)) { return Hdf5Type.Integer(2, signed: true); }
        if (type == typeof(ushort)) { return Hdf5Type.Integer(2, signed: false); }
        if (type == typeof(sbyte)) { return Hdf5Type.Integer(1, signed: true); }
        if (type == typeof(byte)) { return Hdf5Type.Integer(1, signed: false); }
        throw new ArgumentException($"Numbers of type {type.Name} cannot be written to HDF5; floating-point numbers and integers of up to 8 bytes can.");
    }

    private static long[] Widen(ReadOnlySpan<int> shape)
    {
        var axes = new long[shape.Length];
        for (int i = 0; i < axes.Length; i++) { axes[i] = shape[i]; }
        return axes;
    }

    private static long Product(string place, ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int axis in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(axis, nameof(shape));
            count = count * axis <= int.MaxValue ? count * axis : throw new ArgumentException($"{place}: the shape {Engram.Shape.Format(shape)} is too large.", nameof(shape));
        }

        return count;
    }

    private sealed class NumberMemory<T>(string place, Hdf5Type type, ReadOnlySpan<int> shape, ReadOnlyMemory<T> values)
        : Hdf5Memory(place, type, shape) where T : unmanaged, INumber<T>
    {
        public override void ReadBytes(long start, Span<byte> destination) => CopyElements(values.Span, start, destination);

        public override void WriteBytes(Stream stream) => WriteElements(values.Span, stream);
    }

    private sealed class ViewedMemory(string place, ReadOnlySpan<int> shape, Hdf5View view) : Hdf5Memory(place, Hdf5Type.Float32, shape)
    {
        public override void ReadBytes(long start, Span<byte> destination) => CopyElements(Elements(), start, destination);

        public override void WriteBytes(Stream stream) => WriteElements(Elements(), stream);

        private ReadOnlySpan<float> Elements()
        {
            ReadOnlySpan<float> elements = view();
            return elements.Length == Count ? elements : throw Error($"has {elements.Length} elements in memory", $"the shape has {Count}");
        }
    }

    private sealed class TextMemory(string place, Hdf5Type type, ReadOnlySpan<int> shape, IReadOnlyList<string> values) : Hdf5Memory(place, type, shape)
    {
        public override string[] ReadStrings() => [.. values];

        public override void ReadBytes(long start, Span<byte> destination)
        {
            if (Type.Class != Hdf5Class.FixedString) { throw Error("holds texts of any length", "they have no bytes before they are written"); }
            destination.Fill(Type.Padding == Hdf5Padding.Blanks ? (byte)' ' : (byte)0);
            for (int i = 0; i < destination.Length; i += Type.Size) { Encoding.UTF8.GetBytes(values[(int)((start + i) / Type.Size)], destination.Slice(i, Type.Size)); }
        }
    }

    // Straight from where they lie, in pieces that a check sum and the system's copy find near the processor.
    private void WriteElements<T>(ReadOnlySpan<T> values, Stream stream) where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian)
        {
            base.WriteBytes(stream);
            return;
        }

        const int most = 1 << 15;
        for (int start = 0; start < values.Length; start += most) { stream.Write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(most, values.Length - start)))); }
    }

    private static void CopyElements<T>(ReadOnlySpan<T> values, long start, Span<byte> destination) where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        ReadOnlySpan<T> part = values.Slice((int)(start / size), destination.Length / size);
        MemoryMarshal.AsBytes(part).CopyTo(destination);
        if (BitConverter.IsLittleEndian) { return; }
        for (int i = 0; i < destination.Length; i += size) { destination.Slice(i, size).Reverse(); }
    }
}
