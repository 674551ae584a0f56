namespace Engram.Training;

/// <summary>The loss that a layer computed itself, such as <see cref="Layers.SampledSoftmax"/>: the prediction is the loss, the target is not looked at.</summary>
internal sealed class GivenLoss : WordLoss
{
    public override string Name => "given";

    public override int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction) => RowShapes.Leading(prediction).ToArray();

    public override void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements)
    {
        for (int i = 0; i < elements.Length; i++) { elements[i] = prediction.Span[i]; }
    }

    public override void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient)
    {
        gradient.Resize(prediction.Axes);
        for (int i = 0; i < weights.Length; i++)
        {
            gradient.Span[i] = (float)weights[i];
            if (weights[i] != 0) { Count(prediction.Span[i]); }
        }
    }
}
