using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// Dropout for networks of <see cref="Activations.Selu"/>, which keeps mean 0 and variance 1 (Klambauer et al. 2017, "Self-normalizing
/// neural networks"): what is dropped takes the value to which selu tends below, α' = -1.7581, and
/// <code>
/// y = a (k x + (1 - k) α') + b   a = ((1 - rate) (1 + rate α'²))^(-1/2)   b = -a α' rate   dx = a k dy
/// </code>
/// with k = 0 where an element is dropped and 1 elsewhere. Outside training it passes its input on.
/// </summary>
public sealed class AlphaDropout : Layer
{
    private const double Limit = -1.6732632423543772 * 1.0507009873554805;

    private int?[]? noiseShape;

    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The share that is dropped, 0 or more and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public AlphaDropout(float rate) => Rate = NoiseShapes.Rate(rate, nameof(rate));

    /// <summary>The share that is dropped.</summary>
    public float Rate { get; }

    /// <inheritdoc cref="Dropout.NoiseShape"/>
    public IReadOnlyList<int?>? NoiseShape { get => noiseShape; init => noiseShape = NoiseShapes.Valid(value, nameof(NoiseShape)); }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    private double Factor => 1 / Math.Sqrt((1 - (double)Rate) * (1 + (Rate * Limit * Limit)));

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => NoiseShapes.Fits(noiseShape, input)
        ? input
        : throw ShapeError($"an input for which noise can be drawn in the shape ({string.Join(", ", noiseShape!.Select(length => length?.ToString() ?? "None"))})", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        ReadOnlySpan<float> x = call.Input.Span;
        Span<float> y = call.Output.Span;
        if (!call.Training || Rate == 0)
        {
            x.CopyTo(y);
            return;
        }

        // The scratch buffer keeps a k, which is all that backward needs.
        Span<float> factors = NoiseShapes.Uniform(call, noiseShape);
        var a = (float)Factor;
        var kept = (float)(-Factor * Limit * Rate);
        var dropped = (float)((Factor * Limit) - (Factor * Limit * Rate));
        for (int i = 0; i < y.Length; i++)
        {
            bool drops = factors[i] < Rate;
            factors[i] = drops ? 0 : a;
            y[i] = drops ? dropped : (a * x[i]) + kept;
        }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        if (!call.Training || Rate == 0) { dx.CopyFrom(call.OutputGradient.Span); }
        else { TensorPrimitives.Multiply(call.OutputGradient.Span, call.Scratch(0, call.Input.Length).Span, dx.Span); }
    }

    internal static AlphaDropout ReadConfig(Configuration config) =>
        new((float)config.Double("rate")) { NoiseShape = config.NullableInt32s("noise_shape") };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("rate", Rate);
        config.SetNull("seed");
        config.Set("noise_shape", noiseShape);
    }
}
