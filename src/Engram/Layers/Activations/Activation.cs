namespace Engram.Layers;

/// <summary>Applies an activation function to its input: y = f(x), dx = f'(x) dy.</summary>
public sealed class Activation : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="function">The function; <see cref="Activations"/> has them.</param>
    public Activation(ActivationFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Function = function;
    }

    /// <summary>The function.</summary>
    public ActivationFunction Function { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank < 1) { throw ShapeError("(batch, ...)", input); }
        return input.Last == Shape.Unknown ? input : input.With(^1, Function.OutputLength(input.Last));
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => Function.Forward(call.Input.Span, call.Output.Span, call.Input[^1]);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        ReadOnlySpan<float> x = Function.DerivativeNeedsInput ? call.Input.Span : [];
        Function.Backward(x, call.Output.Span, call.OutputGradient.Span, dx.Span, call.Input[^1]);
    }

    internal static Activation ReadConfig(Configuration config) => new(config.Activation("activation"));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("activation", Function);
    }
}
