using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// The largest or the mean of each window, forward and back, channel by channel; a sequence is a picture of one row.
/// </summary>
internal static class PoolWindow
{
    /// <summary>y: (batch, rows, columns, channels) from x: (batch, height, width, channels).</summary>
    public static void Forward(bool average, ReadOnlySpan<int> axes, PoolAxis vertical, PoolAxis horizontal, ReadOnlySpan<float> x, Span<float> y)
    {
        (int height, int width, int channels) = (axes[1], axes[2], axes[3]);
        int at = 0;
        for (int picture = 0; picture < axes[0]; picture++)
        {
            ReadOnlySpan<float> pixels = x.Slice(picture * height * width * channels, height * width * channels);
            for (int i = 0; i < vertical.Count(height); i++)
            {
                (int top, int bottom) = vertical.Window(i, height);
                for (int j = 0; j < horizontal.Count(width); j++, at += channels)
                {
                    (int left, int right) = horizontal.Window(j, width);
                    Span<float> target = y.Slice(at, channels);
                    pixels.Slice(((top * width) + left) * channels, channels).CopyTo(target);
                    for (int place = 1; place < (bottom - top) * (right - left); place++)
                    {
                        ReadOnlySpan<float> pixel = pixels.Slice(Place(place, top, left, right, width) * channels, channels);
                        if (average) { TensorPrimitives.Add(target, pixel, target); }
                        else { TensorPrimitives.Max(target, pixel, target); }
                    }

                    if (average) { TensorPrimitives.Divide(target, (float)((bottom - top) * (right - left)), target); }
                }
            }
        }
    }

    /// <summary>Overwrites dx: the mean's gradient goes to all places of a window alike, the largest one's to the first that is as large.</summary>
    /// <param name="average">Whether y are means.</param>
    /// <param name="axes">The axes of x.</param>
    /// <param name="vertical">The windows along the height.</param>
    /// <param name="horizontal">The windows along the width.</param>
    /// <param name="x">The input.</param>
    /// <param name="y">The output.</param>
    /// <param name="dy">The derivative with respect to y.</param>
    /// <param name="dx">Overwritten.</param>
    /// <param name="left">Room for one pixel.</param>
    public static void Backward(
        bool average, ReadOnlySpan<int> axes, PoolAxis vertical, PoolAxis horizontal,
        ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, Span<float> left)
    {
        dx.Clear();
        (int height, int width, int channels) = (axes[1], axes[2], axes[3]);
        int at = 0;
        for (int picture = 0; picture < axes[0]; picture++)
        {
            int first = picture * height * width * channels;
            for (int i = 0; i < vertical.Count(height); i++)
            {
                (int top, int bottom) = vertical.Window(i, height);
                for (int j = 0; j < horizontal.Count(width); j++, at += channels)
                {
                    (int start, int end) = horizontal.Window(j, width);
                    dy.Slice(at, channels).CopyTo(left);
                    if (average) { TensorPrimitives.Divide(left, (float)((bottom - top) * (end - start)), left); }
                    for (int place = 0; place < (bottom - top) * (end - start); place++)
                    {
                        int pixel = first + (Place(place, top, start, end, width) * channels);
                        Span<float> target = dx.Slice(pixel, channels);
                        if (average) { TensorPrimitives.Add(target, left, target); }
                        else { Winners.Add(x.Slice(pixel, channels), y.Slice(at, channels), left, target); }
                    }
                }
            }
        }
    }

    private static int Place(int place, int top, int left, int right, int width)
    {
        (int row, int column) = Math.DivRem(place, right - left);
        return ((top + row) * width) + left + column;
    }
}
