namespace Engram.Layers;

/// <summary>
/// A convolutional LSTM over sequences of pictures: (batch, time, rows, columns, channels) becomes (batch, rows', columns', filters), with the time axis
/// where sequences are returned. Options, formulas and states: see <see cref="ConvLstm"/>.
/// </summary>
public sealed class ConvLstm2D : ConvLstm
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of filters, 1 or more.</param>
    /// <param name="kernelSize">The number of rows and of columns of a window, each 1 or more; one number stands for both.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public ConvLstm2D(int filters, params ReadOnlySpan<int> kernelSize) : base(2, filters, kernelSize) { }

    private ConvLstm2D(Configuration config) : base(config, 2) { }

    internal static ConvLstm2D ReadConfig(Configuration config) => new(config);
}
