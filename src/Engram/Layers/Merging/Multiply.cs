using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// The product of its inputs: y = Π x_i, dx_i = dy Π x_j over the others. A padded step of an input counts as 1; where a step is padding in
/// all inputs, the product is 0.
/// </summary>
public sealed class Multiply : Merge
{
    private protected override float? Neutral => 1;

    private protected override void Combine(IReadOnlyList<TensorBuffer> x, TensorBuffer y)
    {
        y.CopyFrom(x[0].Span);
        for (int i = 1; i < x.Count; i++) { TensorPrimitives.Multiply(y.Span, x[i].Span, y.Span); }
    }

    private protected override void Finish(LayerCall call)
    {
        for (int i = 0; i < call.Inputs.Count; i++)
        {
            if (call.MaskOf(i) is null) { return; }
        }

        int steps = call.Output[1];
        int step = call.Output.Length / (call.Output[0] * steps);
        for (int i = 0; i < call.Output[0] * steps; i++)
        {
            (int row, int t) = Math.DivRem(i, steps);
            if (!MergeState.AnyData(call, row, t)) { call.Output.Span.Slice(i * step, step).Clear(); }
        }
    }

    private protected override void Differentiate(LayerCall call, IReadOnlyList<TensorBuffer> x, int input, TensorBuffer dx)
    {
        dx.CopyFrom(call.OutputGradient.Span);
        for (int i = 0; i < x.Count; i++)
        {
            if (i != input) { TensorPrimitives.Multiply(dx.Span, x[i].Span, dx.Span); }
        }
    }

    internal static Multiply ReadConfig(Configuration config) => new();
}
