namespace Engram.Layers;

/// <summary>
/// A convolution over the steps of sequences: (batch, steps, channels) becomes (batch, windows, filters). The formulas stand in
/// <see cref="StandardConvolution"/>.
/// </summary>
public sealed class Conv1D : StandardConvolution
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of filters, 1 or more.</param>
    /// <param name="kernelSize">The number of steps of a window, 1 or more.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public Conv1D(int filters, int kernelSize) : base(1, filters, [kernelSize]) { }

    private Conv1D(Configuration config) : base(config, 1) { }

    private protected override bool MayBeCausal => true;

    internal static Conv1D ReadConfig(Configuration config) => new(config);
}
