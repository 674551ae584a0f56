namespace Engram.Layers;

/// <summary>
/// Sets a random share of its input to zero in training and multiplies the rest by 1 / (1 - rate), so that the expected value stays
/// (Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"). Otherwise it passes its input on.
/// Whether an element is dropped depends on the call's key and the element's position alone.
/// </summary>
public sealed class Dropout : MultiplicativeNoise
{
    private int?[]? noiseShape;

    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The share that is dropped, 0 or more and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public Dropout(float rate) : base(rate) { }

    /// <summary>
    /// How many places along each axis, the batch included, are drawn for: 1 for one draw that all places share, null for the axis' own
    /// length. Default null: each element has its own draw. <c>[null, 1, null]</c> drops features of a whole sequence.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A length is not above 0.</exception>
    public IReadOnlyList<int?>? NoiseShape { get => noiseShape; init => noiseShape = NoiseShapes.Valid(value, nameof(NoiseShape)); }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => NoiseShapes.Fits(noiseShape, input)
        ? input
        : throw ShapeError($"an input for which noise can be drawn in the shape ({string.Join(", ", noiseShape!.Select(length => length?.ToString() ?? "None"))})", input);

    private protected override ReadOnlySpan<float> DrawFactors(LayerCall call) => DrawKept(call, noiseShape);

    internal static Dropout ReadConfig(Configuration config) =>
        new((float)config.Double("rate")) { NoiseShape = config.NullableInt32s("noise_shape") };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("noise_shape", noiseShape);
    }
}
