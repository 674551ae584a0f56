using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// The smallest of its inputs, element by element; the gradient goes to the first input that has it. A padded step of an input does not
/// count; where a step is padding in all inputs, it is the first one's.
/// </summary>
public sealed class Minimum : Merge
{
    private protected override float? Neutral => float.PositiveInfinity;

    private protected override bool FirstWhereAllArePadded => true;

    private protected override void Combine(IReadOnlyList<TensorBuffer> x, TensorBuffer y)
    {
        y.CopyFrom(x[0].Span);
        for (int i = 1; i < x.Count; i++) { TensorPrimitives.Min(y.Span, x[i].Span, y.Span); }
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

    internal static Minimum ReadConfig(Configuration config) => new();
}
