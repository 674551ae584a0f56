using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>
/// An array that a graph computes with, the same for each sample of whatever goes in: (batch, axes). It is a weight: y = w, dw += Σ dy over
/// the samples. Graphs of other programs have such arrays; Keras has no layer for them.
/// </summary>
internal sealed class StoredArray(int[] axes, bool learns) : Layer
{
    private Weight weight = null!;

    private protected override string? KerasModule => null;

    /// <summary>The lengths of its axes, the batch left out.</summary>
    public ReadOnlySpan<int> Axes => axes;

    public override Shape OutputShape(Shape input) => new([input[0], .. axes]);

    protected override void OnBuild(IReadOnlyList<Shape> inputs) => weight = AddWeight("array", axes, Initializers.Zeros, trainable: learns);

    protected internal override void Forward(LayerCall call)
    {
        int length = weight.Value.Length;
        for (int row = 0; row < call.Output[0]; row++) { weight.Value.Span.CopyTo(call.Output.Span[(row * length)..]); }
    }

    protected internal override void Backward(LayerCall call)
    {
        call.InputGradient?.Clear();
        int length = weight.Value.Length;
        for (int row = 0; row < call.Output[0]; row++)
        {
            TensorPrimitives.Add(weight.Gradient.Span, call.OutputGradient.Span.Slice(row * length, length), weight.Gradient.Span);
        }
    }

    internal static StoredArray ReadConfig(Configuration config)
    {
        int[] axes = config.Int32s("shape");
        foreach (int length in axes) { ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, "shape"); }
        return new StoredArray(axes, config.Boolean("learns", true));
    }

    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("shape", axes);
        config.Set("learns", learns);
    }
}
