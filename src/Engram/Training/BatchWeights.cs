using System.Numerics.Tensors;
using Engram.Data;

namespace Engram.Training;

/// <summary>Each batch's weights in the loss, from weights of samples and of classes.</summary>
internal sealed class BatchWeights
{
    private readonly NumericArray samples;
    private readonly IReadOnlyDictionary<int, float>? classes;
    private readonly int perSample;
    private float[] batch = [];

    public BatchWeights(NumericArray samples, IReadOnlyDictionary<int, float>? classes, int count)
    {
        if (samples.HasValue && samples.Count != count)
        {
            throw new EngramException($"There are {samples.Count} sample weights for {count} samples; give one for each.");
        }

        this.samples = samples;
        this.classes = classes;
        perSample = samples.HasValue ? samples.Span.Length / samples.Count : 1;
    }

    /// <summary>The weights of a batch; empty when all are one.</summary>
    public ReadOnlySpan<float> For(ReadOnlySpan<int> rows, TensorBuffer target)
    {
        if (!samples.HasValue && classes is null) { return default; }
        int count = rows.Length * perSample;
        if (batch.Length < count) { batch = new float[count]; }
        Span<float> weights = batch.AsSpan(0, count);
        for (int i = 0; i < rows.Length; i++)
        {
            Span<float> row = weights.Slice(i * perSample, perSample);
            if (samples.HasValue) { samples.Span.Slice(rows[i] * perSample, perSample).CopyTo(row); }
            else { row.Fill(1); }
            if (classes is not null) { TensorPrimitives.Multiply(row, ClassWeight(target, i), row); }
        }

        return weights;
    }

    private float ClassWeight(TensorBuffer target, int row)
    {
        int width = target.Length / target[0];
        ReadOnlySpan<float> y = target.Span.Slice(row * width, width);
        int label = width == 1 ? (int)y[0] : TensorPrimitives.IndexOfMax(y);
        return classes!.TryGetValue(label, out float weight) ? weight : 1;
    }
}
