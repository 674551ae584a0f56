namespace Engram.Layers;

/// <summary>The windows of a convolution along one axis.</summary>
/// <param name="Size">The number of taps.</param>
/// <param name="Stride">From one window to the next.</param>
/// <param name="Dilation">From one tap to the next.</param>
/// <param name="Padding">What lies beyond the edges.</param>
internal readonly record struct WindowAxis(int Size, int Stride, int Dilation, ConvolutionPadding Padding)
{
    /// <summary>From the first tap to behind the last.</summary>
    public int Extent => ((Size - 1) * Dilation) + 1;

    /// <summary>The number of windows along a length; unknown where that is, less than 1 where there are none.</summary>
    public int Windows(int length)
    {
        if (length == Shape.Unknown) { return length; }
        return Padding == ConvolutionPadding.Valid
            ? length < Extent ? 0 : ((length - Extent) / Stride) + 1
            : (length + Stride - 1) / Stride;
    }

    /// <summary>The number of zeros before the input.</summary>
    public int Before(int length) => Padding switch
    {
        ConvolutionPadding.Valid => 0,
        ConvolutionPadding.Same => Math.Max(0, ((Windows(length) - 1) * Stride) + Extent - length) / 2,
        _ => Extent - 1,
    };

    /// <summary>These windows over an input of a length.</summary>
    public PlacedAxis Over(int length) => new(length, Windows(length), Size, Stride, Dilation, Before(length));
}

/// <summary>The windows along one axis of a certain length.</summary>
/// <param name="Length">The length of the input.</param>
/// <param name="Windows">The number of windows.</param>
/// <param name="Size">The number of taps.</param>
/// <param name="Stride">From one window to the next.</param>
/// <param name="Dilation">From one tap to the next.</param>
/// <param name="Before">The number of zeros before the input.</param>
internal readonly record struct PlacedAxis(int Length, int Windows, int Size, int Stride, int Dilation, int Before)
{
    /// <summary>An axis that is not there.</summary>
    public static PlacedAxis None => new(1, 1, 1, 1, 1, 0);

    /// <summary>The first tap's place, which may lie beyond the edge.</summary>
    public int Start(int window) => (window * Stride) - Before;
}
