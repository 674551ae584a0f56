namespace Engram.Layers;

/// <summary>What layers share that apply a function to each element: y = f(x), dx = f'(x) dy.</summary>
public abstract class ActivationLayer : Layer
{
    private protected ActivationLayer() { }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    private protected abstract ActivationFunction Function { get; }

    internal ActivationFunction AppliedFunction => Function;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input;

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => Function.Forward(call.Input.Span, call.Output.Span, call.Input[^1]);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        ReadOnlySpan<float> x = Function.DerivativeNeedsInput ? call.Input.Span : [];
        Function.Backward(x, call.Output.Span, call.OutputGradient.Span, dx.Span, call.Input[^1]);
    }

    private protected static float NotNegative(float value, string name) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, "The value must be 0 or more.");
}
