namespace Engram.Layers;

/// <summary>
/// The largest of each window of steps, feature by feature: (batch, time, features) becomes (batch, windows, features). On the way
/// back the gradient goes to the first place that is as large.
/// </summary>
public sealed class MaxPooling1D : Pooling
{
    /// <summary>Creates the layer.</summary>
    /// <param name="poolSize">The number of steps of a window, 1 or more. Default 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of steps is below 1.</exception>
    public MaxPooling1D(int poolSize = 2) : base([poolSize]) { }

    private MaxPooling1D(Configuration config) : base(config, 1) { }

    private protected override bool Averages => false;

    internal static MaxPooling1D ReadConfig(Configuration config) => new(config);
}
