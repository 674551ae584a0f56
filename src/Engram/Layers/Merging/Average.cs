using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>The mean of its n inputs: y = Σ x_i / n, dx_i = dy / n.</summary>
public sealed class Average : Merge
{
    private protected override void Combine(IReadOnlyList<TensorBuffer> x, TensorBuffer y)
    {
        y.CopyFrom(x[0].Span);
        for (int i = 1; i < x.Count; i++) { TensorPrimitives.Add(y.Span, x[i].Span, y.Span); }
        TensorPrimitives.Divide(y.Span, x.Count, y.Span);
    }

    private protected override void Differentiate(LayerCall call, IReadOnlyList<TensorBuffer> x, int input, TensorBuffer dx) =>
        TensorPrimitives.Divide(call.OutputGradient.Span, x.Count, dx.Span);

    internal static Average ReadConfig(Configuration config) => new();
}
