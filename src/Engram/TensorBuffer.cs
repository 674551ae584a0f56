using System.Runtime.InteropServices;

namespace Engram;

/// <summary>
/// The engine's working array: 32-bit floats in row-major order, aligned to 64 bytes, never moved by the garbage collector,
/// allocated once and reused. Data cross the public face as arrays and <c>Tensor&lt;float&gt;</c>; layers work on these.
/// </summary>
public sealed unsafe class TensorBuffer
{
    private const int AlignmentBytes = 64;

    // Kernels load whole vectors; past the last element that reads, never writes, these spare elements.
    private const int SpareElements = 32;

    private float[] storage = [];
    private int[] axes = [0];
    private int first;

    /// <summary>Creates a buffer of zeros.</summary>
    /// <param name="axes">The length of each axis.</param>
    public TensorBuffer(params ReadOnlySpan<int> axes) => Resize(axes, zeros: true); // memory fresh from the system has them already

    /// <summary>The length of each axis, the batch axis first.</summary>
    public ReadOnlySpan<int> Axes => axes;

    /// <summary>The number of axes.</summary>
    public int Rank => axes.Length;

    /// <summary>The number of elements.</summary>
    public int Length { get; private set; }

    /// <summary>The elements in row-major order.</summary>
    public Span<float> Span => storage.AsSpan(first, Length);

    /// <summary>The length of one axis; an index from the end counts as usual.</summary>
    public int this[Index index] => axes[index];

    /// <summary>The address of the first element, aligned to 64 bytes; valid as long as this object is reachable.</summary>
    internal float* Pointer => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(storage, first);

    /// <summary>
    /// Gives the buffer another shape. Memory is taken only when the new shape needs more than any before it; the contents are
    /// undefined afterwards.
    /// </summary>
    /// <param name="axes">The length of each axis.</param>
    public void Resize(params ReadOnlySpan<int> axes) => Resize(axes, zeros: false);

    private void Resize(ReadOnlySpan<int> axes, bool zeros)
    {
        if (Length > 0 && axes.SequenceEqual(this.axes)) { return; }

        long length = 1;
        foreach (int axis in axes)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(axis, nameof(axes));
            length *= axis;
            if (length > Array.MaxLength - AlignmentBytes - SpareElements)
            {
                throw new EngramException(
                    $"An array of shape {Shape.Format(axes)} has more than {Array.MaxLength} elements; use a smaller batch or shorter sequences.");
            }
        }

        if (axes.Length == this.axes.Length) { axes.CopyTo(this.axes); }
        else { this.axes = axes.ToArray(); }
        Length = (int)length;
        int needed = Length + (AlignmentBytes / sizeof(float)) + SpareElements;
        if (storage.Length < needed)
        {
            storage = zeros ? GC.AllocateArray<float>(needed, pinned: true) : GC.AllocateUninitializedArray<float>(needed, pinned: true);
            long misaligned = Marshal.UnsafeAddrOfPinnedArrayElement(storage, 0) % AlignmentBytes;
            first = misaligned == 0 ? 0 : (int)((AlignmentBytes - misaligned) / sizeof(float));
            LargePages.Advise(Pointer, (long)needed * sizeof(float));
        }
    }

    /// <summary>Makes this buffer another shape of the memory of <paramref name="source"/>, until either is resized.</summary>
    internal void View(TensorBuffer source, params ReadOnlySpan<int> axes)
    {
        if (!axes.SequenceEqual(this.axes)) { this.axes = axes.ToArray(); }
        storage = source.storage;
        first = source.first;
        Length = source.Length;
    }

    /// <summary>Sets every element to zero.</summary>
    public void Clear() => Span.Clear();

    /// <summary>Copies <paramref name="values"/> in; the lengths must agree.</summary>
    public void CopyFrom(ReadOnlySpan<float> values)
    {
        if (values.Length != Length)
        {
            throw new ArgumentException($"{values.Length} values do not fill a buffer of shape {Shape.Format(axes)} ({Length} elements).", nameof(values));
        }

        values.CopyTo(Span);
    }

    /// <summary>The shape and the number of elements, for the debugger.</summary>
    public override string ToString() => $"{Shape.Format(axes)}, {Length} elements";
}
