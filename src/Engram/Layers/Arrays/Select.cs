namespace Engram.Layers;

/// <summary>
/// Chooses between two arrays element by element: y = a where the condition is not 0, b elsewhere. Inputs: condition, a, b, with axes of length
/// 1 repeated. da = dy where a was chosen, db = dy elsewhere; a condition has no derivative.
/// </summary>
internal sealed class Select : Merge
{
    private protected override string? KerasModule => null;

    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs) => inputs.Count == 3
        ? base.OutputShapes(inputs)
        : throw new EngramException($"{DisplayName}: expected a condition and two arrays, got {inputs.Count} inputs.");

    private protected override void Combine(IReadOnlyList<TensorBuffer> x, TensorBuffer y)
    {
        ReadOnlySpan<float> condition = x[0].Span, a = x[1].Span, b = x[2].Span;
        for (int i = 0; i < y.Length; i++) { y.Span[i] = condition[i] != 0 ? a[i] : b[i]; }
    }

    private protected override void Differentiate(LayerCall call, IReadOnlyList<TensorBuffer> x, int input, TensorBuffer dx)
    {
        if (input == 0)
        {
            dx.Clear();
            return;
        }

        ReadOnlySpan<float> condition = x[0].Span, dy = call.OutputGradient.Span;
        for (int i = 0; i < dx.Length; i++) { dx.Span[i] = condition[i] != 0 == (input == 1) ? dy[i] : 0; }
    }

    internal static Select ReadConfig(Configuration config) => new();
}
