namespace Engram.Layers;

/// <summary>
/// Drops whole features of a sequence: a random share of the features is zero at every step in training, the rest is multiplied by
/// 1 / (1 - rate) (Tompson et al. 2015, "Efficient object localization using convolutional networks"). Otherwise it passes its input on.
/// Input and output: (batch, time, features).
/// </summary>
public sealed class SpatialDropout1D : MultiplicativeNoise
{
    private static readonly int?[] OneForAllSteps = [null, 1, null];

    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The share of the features that is dropped, 0 or more and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public SpatialDropout1D(float rate) : base(rate) { }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3 ? input : throw ShapeError("(batch, time, features)", input);

    private protected override ReadOnlySpan<float> DrawFactors(LayerCall call) => DrawKept(call, OneForAllSteps);

    internal static SpatialDropout1D ReadConfig(Configuration config) => new((float)config.Double("rate"));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Json.Remove("trainable"); // Keras leaves it out here
    }
}
