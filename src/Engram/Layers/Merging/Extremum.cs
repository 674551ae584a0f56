namespace Engram.Layers;

/// <summary>
/// What <see cref="Maximum"/> and <see cref="Minimum"/> share: one input wins, element by element, and the gradient goes to the first that has
/// the winning value. A padded step of an input does not count; where a step is padding in all inputs, it is the first one's.
/// </summary>
public abstract class Extremum : Merge
{
    private protected Extremum() { }

    private protected override bool FirstWhereAllArePadded => true;

    /// <summary>Keeps in y the winner of x and y.</summary>
    private protected abstract void Keep(ReadOnlySpan<float> x, Span<float> y);

    private protected override void Combine(IReadOnlyList<TensorBuffer> x, TensorBuffer y)
    {
        y.CopyFrom(x[0].Span);
        for (int i = 1; i < x.Count; i++) { Keep(x[i].Span, y.Span); }
    }

    private protected override void Differentiate(LayerCall call, IReadOnlyList<TensorBuffer> x, int input, TensorBuffer dx)
    {
        // What earlier inputs have taken is no longer left for this one.
        Span<float> left = call.Scratch(0, call.Output.Length).Span;
        call.OutputGradient.Span.CopyTo(left);
        for (int i = 0; i <= input; i++)
        {
            dx.Clear();
            Winners.Add(x[i].Span, call.Output.Span, left, dx.Span);
        }
    }
}
