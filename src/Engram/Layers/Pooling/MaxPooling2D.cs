namespace Engram.Layers;

/// <summary>
/// The largest of each window of places, channel by channel: (batch, height, width, channels) becomes (batch, rows, columns, channels).
/// On the way back the gradient goes to the first place that is as large.
/// </summary>
public sealed class MaxPooling2D : Pooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rows">The height of a window, 1 or more. Default 2.</param>
    /// <param name="columns">The width of a window, 1 or more. Default 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is below 1.</exception>
    public MaxPooling2D(int rows = 2, int columns = 2) : base([rows, columns]) { }

    private MaxPooling2D(Configuration config) : base(config, 2) { }

    private protected override bool Averages => false;

    internal static MaxPooling2D ReadConfig(Configuration config) => new(config);
}
