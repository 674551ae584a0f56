using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// Sets a random share of its input to zero in training and multiplies the rest by 1 / (1 - rate), so that the expected value stays
/// (Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting"). Otherwise it passes its input on.
/// Whether an element is dropped depends on the call's key and the element's position alone.
/// </summary>
public sealed class Dropout : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The share that is dropped, 0 or more and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public Dropout(float rate) => Rate = rate is >= 0 and < 1
        ? rate
        : throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate must be 0 or more and below 1.");

    /// <summary>The share that is dropped.</summary>
    public float Rate { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input;

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        if (!call.Training || Rate == 0)
        {
            call.Output.CopyFrom(call.Input.Span);
            return;
        }

        Span<float> factors = call.Scratch(0, call.Input.Length).Span;
        call.Random.FillUniform(factors);
        float kept = 1 / (1 - Rate);
        foreach (ref float factor in factors) { factor = factor < Rate ? 0 : kept; }
        TensorPrimitives.Multiply(call.Input.Span, factors, call.Output.Span);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        if (!call.Training || Rate == 0) { dx.CopyFrom(call.OutputGradient.Span); }
        else { TensorPrimitives.Multiply(call.OutputGradient.Span, call.Scratch(0, call.Input.Length).Span, dx.Span); }
    }

    internal static Dropout ReadConfig(Configuration config)
    {
        config.Only("noise_shape", "null");
        return new Dropout((float)config.Double("rate"));
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("rate", Rate);
        config.SetNull("seed");
        config.SetNull("noise_shape");
    }
}
