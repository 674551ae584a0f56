namespace Engram.Formats;

/// <summary>Brings elements that lie anywhere in memory, in either byte order, into row-major order and little-endian.</summary>
internal static class StridedCopy
{
    /// <summary>Big-endian elements as little-endian ones, or the other way round.</summary>
    public static byte[] Reversed(ReadOnlySpan<byte> data, int size)
    {
        byte[] copy = data.ToArray();
        for (int at = 0; size > 1 && at + size <= copy.Length; at += size) { copy.AsSpan(at, size).Reverse(); }
        return copy;
    }

    /// <summary>An array whose first axis varies fastest, as one whose last does.</summary>
    public static byte[] FromColumns(ReadOnlySpan<byte> data, int size, Shape shape)
    {
        var strides = new long[shape.Rank];
        long stride = 1;
        for (int axis = 0; axis < strides.Length; axis++)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        return Copy(data, size, shape, 0, strides);
    }

    /// <summary>The elements of a view.</summary>
    /// <param name="data">The memory; the view must lie within it.</param>
    /// <param name="size">The bytes of an element.</param>
    /// <param name="shape">The view's shape.</param>
    /// <param name="offset">Where its first element stands, in elements.</param>
    /// <param name="strides">How far the next element of each axis is, in elements.</param>
    public static byte[] Copy(ReadOnlySpan<byte> data, int size, Shape shape, long offset, ReadOnlySpan<long> strides)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(shape.Count * size);
        Span<int> index = stackalloc int[shape.Rank];
        index.Clear();
        long from = offset;
        for (int at = 0; at < copy.Length; at += size)
        {
            data.Slice((int)(from * size), size).CopyTo(copy.AsSpan(at));
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                from += strides[axis];
                if (++index[axis] < shape[axis]) { break; }
                from -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return copy;
    }
}
