namespace Engram.Layers;

/// <summary>
/// The mean of each window of places, channel by channel: (batch, height, width, channels) becomes (batch, rows, columns, channels).
/// What lies beyond the edge does not count. On the way back the gradient goes to all places of the window alike.
/// </summary>
public sealed class AveragePooling2D : Pooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rows">The height of a window, 1 or more. Default 2.</param>
    /// <param name="columns">The width of a window, 1 or more. Default 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is below 1.</exception>
    public AveragePooling2D(int rows = 2, int columns = 2) : base([rows, columns]) { }

    private AveragePooling2D(Configuration config) : base(config, 2) { }

    private protected override bool Averages => true;

    internal static AveragePooling2D ReadConfig(Configuration config) => new(config);
}
