using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>The difference of two inputs: y = x_0 - x_1, dx_0 = dy, dx_1 = -dy.</summary>
public sealed class Subtract : Merge
{
    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs) => inputs.Count == 2
        ? base.OutputShapes(inputs)
        : throw new EngramException($"{DisplayName}: expected two inputs, got {inputs.Count}.");

    private protected override void Combine(IReadOnlyList<TensorBuffer> x, TensorBuffer y) =>
        TensorPrimitives.Subtract(x[0].Span, x[1].Span, y.Span);

    private protected override void Differentiate(LayerCall call, IReadOnlyList<TensorBuffer> x, int input, TensorBuffer dx)
    {
        if (input == 0) { dx.CopyFrom(call.OutputGradient.Span); }
        else { TensorPrimitives.Negate(call.OutputGradient.Span, dx.Span); }
    }

    internal static Subtract ReadConfig(Configuration config) => new();
}
