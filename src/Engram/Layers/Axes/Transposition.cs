namespace Engram.Layers;

/// <summary>Axes in another order: axis i of y is axis order[i] of x.</summary>
internal static class Transposition
{
    /// <summary>y from x.</summary>
    /// <param name="x">The array.</param>
    /// <param name="axes">The lengths of its axes.</param>
    /// <param name="order">Which axis of x each axis of y is.</param>
    /// <param name="y">Overwritten.</param>
    internal static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<int> axes, ReadOnlySpan<int> order, Span<float> y) =>
        Run(x, axes, order, y, back: false);

    /// <summary>x from y, with the axes and the order of <see cref="Forward"/>.</summary>
    internal static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<int> axes, ReadOnlySpan<int> order, Span<float> x) =>
        Run(y, axes, order, x, back: true);

    private static void Run(ReadOnlySpan<float> source, ReadOnlySpan<int> axes, ReadOnlySpan<int> order, Span<float> target, bool back)
    {
        int rank = axes.Length;
        Span<int> own = stackalloc int[rank];
        Span<int> lengths = stackalloc int[rank];
        Span<int> strides = stackalloc int[rank];
        Span<int> counter = stackalloc int[rank];
        StridedWalk.RowMajor(axes, own);
        counter.Clear();
        for (int i = 0; i < rank; i++) { (lengths[i], strides[i]) = (axes[order[i]], own[order[i]]); }

        int row = lengths[^1];
        int stride = strides[^1];
        var walk = new StridedWalk(lengths, strides, counter);
        for (int at = 0; at < source.Length; at += row, walk.Next())
        {
            int offset = walk.Offset;
            if (stride == 1)
            {
                source.Slice(back ? at : offset, row).CopyTo(target[(back ? offset : at)..]);
            }
            else if (back)
            {
                for (int i = 0; i < row; i++) { target[offset + (i * stride)] = source[at + i]; }
            }
            else
            {
                for (int i = 0; i < row; i++) { target[at + i] = source[offset + (i * stride)]; }
            }
        }
    }
}
