namespace Engram.Layers;

/// <summary>
/// A convolutional LSTM over sequences of lines: (batch, time, places, channels) becomes (batch, places', filters), with the time axis
/// where sequences are returned. Options, formulas and states: see <see cref="ConvLstm"/>.
/// </summary>
public sealed class ConvLstm1D : ConvLstm
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of filters, 1 or more.</param>
    /// <param name="kernelSize">The number of places of a window, 1 or more.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public ConvLstm1D(int filters, int kernelSize) : base(1, filters, [kernelSize]) { }

    private ConvLstm1D(Configuration config) : base(config, 1) { }

    internal static ConvLstm1D ReadConfig(Configuration config) => new(config);
}
