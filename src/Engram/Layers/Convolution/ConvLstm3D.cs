namespace Engram.Layers;

/// <summary>
/// A convolutional LSTM over sequences of volumes: (batch, time, planes, rows, columns, channels) becomes (batch, planes', rows', columns', filters), with the time axis
/// where sequences are returned. Options, formulas and states: see <see cref="ConvLstm"/>.
/// </summary>
public sealed class ConvLstm3D : ConvLstm
{
    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of filters, 1 or more.</param>
    /// <param name="kernelSize">The number of planes, of rows and of columns of a window, each 1 or more; one number stands for all.</param>
    /// <exception cref="ArgumentException">A number is below 1, or there are too many or too few.</exception>
    public ConvLstm3D(int filters, params ReadOnlySpan<int> kernelSize) : base(3, filters, kernelSize) { }

    private ConvLstm3D(Configuration config) : base(config, 3) { }

    internal static ConvLstm3D ReadConfig(Configuration config) => new(config);
}
