namespace Engram.Layers;

/// <summary>
/// A convolution of each channel by itself, followed by a product across channels, over the rows and columns of pictures: (batch, rows, columns, channels) becomes (batch, rows', columns', filters). The formulas stand in
/// <see cref="SeparableConvolution"/>.
/// </summary>
public sealed class SeparableConv2D : SeparableConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of filters, 1 or more.</param>
    /// <param name="kernelSize">The number of rows and of columns of a window, each 1 or more; one number stands for both.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public SeparableConv2D(int filters, params ReadOnlySpan<int> kernelSize) : base(2, filters, kernelSize) { }

    private SeparableConv2D(Configuration config) : base(config, 2) { }

    internal static SeparableConv2D ReadConfig(Configuration config) => new(config);
}
