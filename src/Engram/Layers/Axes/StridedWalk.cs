namespace Engram.Layers;

/// <summary>
/// Walks over an array's rows (its last axis) one after the other, and along with it over a second array in which the same axes have
/// other strides: 0 where it has but one element for all.
/// </summary>
internal ref struct StridedWalk(ReadOnlySpan<int> lengths, ReadOnlySpan<int> strides, Span<int> counter)
{
    private readonly ReadOnlySpan<int> lengths = lengths;
    private readonly ReadOnlySpan<int> strides = strides;
    private readonly Span<int> counter = counter;

    /// <summary>Where the row starts in the second array.</summary>
    public int Offset { get; private set; }

    /// <summary>Goes on to the next row.</summary>
    public void Next()
    {
        for (int axis = lengths.Length - 2; axis >= 0; axis--)
        {
            Offset += strides[axis];
            if (++counter[axis] < lengths[axis]) { return; }
            Offset -= strides[axis] * lengths[axis];
            counter[axis] = 0;
        }
    }

    /// <summary>The distance from one element to the next along each axis of an array in row-major order.</summary>
    public static void RowMajor(ReadOnlySpan<int> axes, Span<int> strides)
    {
        int stride = 1;
        for (int axis = axes.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= axes[axis];
        }
    }
}
