namespace Engram.Layers;

/// <summary>
/// A convolution of each channel by itself, followed by a product across channels, over the steps of sequences: (batch, steps, channels) becomes (batch, windows, filters). The formulas stand in
/// <see cref="SeparableConvolution"/>.
/// </summary>
public sealed class SeparableConv1D : SeparableConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of filters, 1 or more.</param>
    /// <param name="kernelSize">The number of steps of a window, 1 or more.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public SeparableConv1D(int filters, int kernelSize) : base(1, filters, [kernelSize]) { }

    private SeparableConv1D(Configuration config) : base(config, 1) { }

    internal static SeparableConv1D ReadConfig(Configuration config) => new(config);
}
