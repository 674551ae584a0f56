using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>Arrays of the same rank in which an axis of length 1 stands for all places along that axis.</summary>
internal static class Broadcasting
{
    /// <summary>Repeats x along its axes of length 1.</summary>
    /// <param name="x">The array.</param>
    /// <param name="axes">The lengths of its axes: each 1 or that of <paramref name="full"/>.</param>
    /// <param name="y">Overwritten, of the axes <paramref name="full"/>.</param>
    /// <param name="full">The lengths of the axes of y.</param>
    internal static void Expand(ReadOnlySpan<float> x, ReadOnlySpan<int> axes, Span<float> y, ReadOnlySpan<int> full)
    {
        Span<int> strides = stackalloc int[full.Length];
        Span<int> counter = stackalloc int[full.Length];
        var walk = new StridedWalk(full, Strides(axes, strides), Cleared(counter));
        int row = full[^1];
        for (int at = 0; at < y.Length; at += row, walk.Next())
        {
            if (axes[^1] == row) { x.Slice(walk.Offset, row).CopyTo(y[at..]); }
            else { y.Slice(at, row).Fill(x[walk.Offset]); }
        }
    }

    /// <summary>The derivative of <see cref="Expand"/>: adds to each element of dx what its repetitions have, in ascending order.</summary>
    internal static void AddReduced(ReadOnlySpan<float> dy, ReadOnlySpan<int> full, Span<float> dx, ReadOnlySpan<int> axes)
    {
        Span<int> strides = stackalloc int[full.Length];
        Span<int> counter = stackalloc int[full.Length];
        var walk = new StridedWalk(full, Strides(axes, strides), Cleared(counter));
        int row = full[^1];
        for (int at = 0; at < dy.Length; at += row, walk.Next())
        {
            if (axes[^1] == row)
            {
                Span<float> sums = dx.Slice(walk.Offset, row);
                TensorPrimitives.Add(sums, dy.Slice(at, row), sums);
            }
            else
            {
                dx[walk.Offset] += RowOperations.Sum(dy.Slice(at, row));
            }
        }
    }

    private static ReadOnlySpan<int> Strides(ReadOnlySpan<int> axes, Span<int> strides)
    {
        StridedWalk.RowMajor(axes, strides);
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i] == 1) { strides[i] = 0; }
        }

        return strides;
    }

    private static Span<int> Cleared(Span<int> counter)
    {
        counter.Clear();
        return counter;
    }
}
