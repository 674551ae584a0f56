using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// Multiplies its input by random factors of mean 1 in training: y = k x, dx = k dy. Otherwise it passes its input on. What is drawn
/// depends on the call's key and the element's position alone.
/// </summary>
public abstract class MultiplicativeNoise : Layer
{
    private protected MultiplicativeNoise(float rate) => Rate = NoiseShapes.Rate(rate, nameof(rate));

    /// <summary>The share that is dropped, or what stands for it: 0 or more and below 1.</summary>
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

        TensorPrimitives.Multiply(call.Input.Span, DrawFactors(call), call.Output.Span);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        if (!call.Training || Rate == 0) { dx.CopyFrom(call.OutputGradient.Span); }
        else { TensorPrimitives.Multiply(call.OutputGradient.Span, call.Scratch(0, call.Input.Length).Span, dx.Span); }
    }

    /// <summary>Fills the call's first scratch buffer with a factor for each element of the input and returns it.</summary>
    private protected abstract ReadOnlySpan<float> DrawFactors(LayerCall call);

    /// <summary>0 for the share that is dropped, 1 / (1 - rate) for the rest.</summary>
    private protected ReadOnlySpan<float> DrawKept(LayerCall call, int?[]? noiseShape)
    {
        Span<float> factors = NoiseShapes.Uniform(call, noiseShape);
        float kept = 1 / (1 - Rate);
        foreach (ref float factor in factors) { factor = factor < Rate ? 0 : kept; }
        return factors;
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("rate", Rate);
        config.SetNull("seed");
    }
}
