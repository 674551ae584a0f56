namespace Engram.Layers;

/// <summary>
/// A convolution of each channel by itself over the rows and columns of pictures: (batch, rows, columns, channels) becomes (batch, rows', columns', channels m). The formulas stand in
/// <see cref="DepthwiseConvolution"/>.
/// </summary>
public sealed class DepthwiseConv2D : DepthwiseConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="kernelSize">The number of rows and of columns of a window, each 1 or more; one number stands for both.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public DepthwiseConv2D(params ReadOnlySpan<int> kernelSize) : base(2, kernelSize) { }

    private DepthwiseConv2D(Configuration config) : base(config, 2) { }

    internal static DepthwiseConv2D ReadConfig(Configuration config) => new(config);
}
