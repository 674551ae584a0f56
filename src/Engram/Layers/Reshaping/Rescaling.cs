using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>Multiplies by a number and adds another: y = scale x + offset, dx = scale dy. Input and output have the same shape.</summary>
public sealed class Rescaling : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="scale">What the input is multiplied by.</param>
    /// <param name="offset">What is added then. Default 0.</param>
    public Rescaling(float scale, float offset = 0)
    {
        Scale = scale;
        Offset = offset;
    }

    /// <summary>What the input is multiplied by.</summary>
    public float Scale { get; }

    /// <summary>What is added then.</summary>
    public float Offset { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input;

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        TensorPrimitives.Multiply(call.Input.Span, Scale, call.Output.Span);
        TensorPrimitives.Add(call.Output.Span, Offset, call.Output.Span);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is { } dx) { TensorPrimitives.Multiply(call.OutputGradient.Span, Scale, dx.Span); }
    }

    internal static Rescaling ReadConfig(Configuration config) => new((float)config.Double("scale"), config.Single("offset", 0));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("scale", Scale);
        config.Set("offset", Offset);
    }
}
