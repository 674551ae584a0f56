using Engram.Layers;

namespace Engram.Docs.Tests.Extensibility;

/// <summary>
/// A layer of one's own: multiplies each feature by a factor that is learnt.
/// <code>
/// x, y: (batch, ..., features)   s: (features)   y = s x   dx = s dy   ds += Σ x dy
/// </code>
/// </summary>
public sealed class LearnedScaling : Layer
{
    private Weight factors = null!;

    public override bool SupportsMasking => true;

    public override Shape OutputShape(Shape input) => input.Rank >= 2 && input.Last != Shape.Unknown
        ? input
        : throw ShapeError("(batch, ..., features) with a known number of features", input);

    protected override void OnBuild(IReadOnlyList<Shape> inputs) => factors = AddWeight("factors", [inputs[0].Last], Initializers.Ones);

    protected override void Forward(LayerCall call)
    {
        ReadOnlySpan<float> x = call.Input.Span, s = factors.Value.Span;
        Span<float> y = call.Output.Span;
        for (int i = 0; i < x.Length; i++) { y[i] = s[i % s.Length] * x[i]; }
    }

    protected override void Backward(LayerCall call)
    {
        ReadOnlySpan<float> x = call.Input.Span, s = factors.Value.Span, dy = call.OutputGradient.Span;
        Span<float> ds = factors.Gradient.Span; // added to
        for (int i = 0; i < x.Length; i++) { ds[i % s.Length] += x[i] * dy[i]; }
        if (call.InputGradient is not { } dx) { return; } // the first layer of a model need not say
        for (int i = 0; i < x.Length; i++) { dx.Span[i] = s[i % s.Length] * dy[i]; } // overwritten
    }
}
