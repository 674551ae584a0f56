namespace Engram.Layers;

/// <summary>
/// The windows along one axis. What lies beyond the edge counts neither as largest nor in an average.
/// </summary>
/// <param name="Size">The window along one axis.</param>
/// <param name="Stride">From one window to the next.</param>
/// <param name="Padding">How edges are treated.</param>
internal readonly record struct PoolAxis(int Size, int Stride, PoolPadding Padding)
{
    /// <summary>The number of windows along a length; unknown where that is.</summary>
    public int Count(int length)
    {
        if (length == Shape.Unknown) { return length; }
        return Padding == PoolPadding.Same ? (length + Stride - 1) / Stride : length < Size ? 0 : ((length - Size) / Stride) + 1;
    }

    /// <summary>The places of a window: from the first to before the last.</summary>
    public (int First, int End) Window(int number, int length)
    {
        int missing = Padding == PoolPadding.Same ? Math.Max(0, ((Count(length) - 1) * Stride) + Size - length) : 0;
        int start = (number * Stride) - (missing / 2);
        return (Math.Max(0, start), Math.Min(length, start + Size));
    }
}
