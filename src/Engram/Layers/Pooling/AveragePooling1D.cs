namespace Engram.Layers;

/// <summary>
/// The mean of each window of steps, feature by feature: (batch, time, features) becomes (batch, windows, features). What lies beyond the edge does not count. On the way
/// back the gradient goes to all places of the window alike.
/// </summary>
public sealed class AveragePooling1D : Pooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="poolSize">The number of steps of a window, 1 or more. Default 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is below 1.</exception>
    public AveragePooling1D(int poolSize = 2) : base([poolSize]) { }

    private AveragePooling1D(Configuration config) : base(config, 1) { }

    private protected override bool Averages => true;

    internal static AveragePooling1D ReadConfig(Configuration config) => new(config);
}
