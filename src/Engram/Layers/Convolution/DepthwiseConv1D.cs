namespace Engram.Layers;

/// <summary>
/// A convolution of each channel by itself over the steps of sequences: (batch, steps, channels) becomes (batch, windows, channels m). The formulas stand in
/// <see cref="DepthwiseConvolution"/>.
/// </summary>
public sealed class DepthwiseConv1D : DepthwiseConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="kernelSize">The number of steps of a window, 1 or more.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public DepthwiseConv1D(int kernelSize) : base(1, [kernelSize]) { }

    private DepthwiseConv1D(Configuration config) : base(config, 1) { }

    internal static DepthwiseConv1D ReadConfig(Configuration config) => new(config);
}
