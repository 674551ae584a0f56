namespace Engram.Layers;

/// <summary>
/// The rectifier with its options: y = min(x, max value) above the threshold, negative slope × (x - threshold) below. Input and output
/// have the same shape.
/// </summary>
public sealed class Relu : ActivationLayer
{
    private ElementwiseActivation<ClippedReluFunction>? function;

    /// <inheritdoc/>
    public override string Kind => "ReLU";

    /// <summary>The largest output, 0 or more, or null for none. Default null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public float? MaxValue { get; init => field = value is { } limit ? NotNegative(limit, nameof(MaxValue)) : null; }

    /// <summary>The slope below the threshold, 0 or more. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public float NegativeSlope { get; init => field = NotNegative(value, nameof(NegativeSlope)); }

    /// <summary>Where the rectifier bends, 0 or more. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public float Threshold { get; init => field = NotNegative(value, nameof(Threshold)); }

    private protected override ActivationFunction Function =>
        function ??= new("relu", new ClippedReluFunction(NegativeSlope, MaxValue ?? float.PositiveInfinity, Threshold));

    internal static Relu ReadConfig(Configuration config) => new()
    {
        MaxValue = (float?)config.NullableDouble("max_value"),
        NegativeSlope = config.Single("negative_slope", 0),
        Threshold = config.Single("threshold", 0),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        if (MaxValue is { } limit) { config.Set("max_value", limit); }
        else { config.SetNull("max_value"); }
        config.Set("negative_slope", NegativeSlope);
        config.Set("threshold", Threshold);
    }
}
