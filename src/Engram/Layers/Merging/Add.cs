using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>The sum of its inputs: y = Σ x_i, dx_i = dy.</summary>
public sealed class Add : Merge
{
    private protected override void Combine(IReadOnlyList<TensorBuffer> x, TensorBuffer y)
    {
        y.CopyFrom(x[0].Span);
        for (int i = 1; i < x.Count; i++) { TensorPrimitives.Add(y.Span, x[i].Span, y.Span); }
    }

    private protected override void Differentiate(LayerCall call, IReadOnlyList<TensorBuffer> x, int input, TensorBuffer dx) =>
        dx.CopyFrom(call.OutputGradient.Span);

    internal static Add ReadConfig(Configuration config) => new();
}
