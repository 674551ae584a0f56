using System.Numerics.Tensors;

namespace Engram.Data;

/// <summary>Each batch's weights in the losses, from weights of samples and of classes.</summary>
internal sealed class BatchWeights
{
    private readonly NumericArray[] samples; // of each target
    private readonly IReadOnlyDictionary<int, float>? classes;

    public BatchWeights(FeedRequest request, int count)
    {
        classes = request.ClassWeights;
        if (classes is not null && request.TargetCount > 1)
        {
            throw new EngramException("Class weights are for models with one output; give sample weights for each output instead.");
        }

        samples = request.SampleWeights switch
        {
            null or { Count: 0 } => new NumericArray[request.TargetCount],
            { Count: 1, IsNamed: false } all => [.. Enumerable.Repeat(all.First(), request.TargetCount)],
            var each => each.InOrder(request.TargetNames!, "array of sample weights"),
        };
        foreach (NumericArray weights in samples)
        {
            if (weights.HasValue && weights.Count != count) { throw new EngramException($"There are {weights.Count} sample weights for {count} samples; give one for each."); }
            if (!TensorPrimitives.IsFiniteAll(weights.Span)) { throw new EngramException("A sample weight is not finite; every weight must be a number."); }
        }
    }

    /// <summary>Writes the weights of a batch whose targets are there.</summary>
    public void Fill(ReadOnlySpan<int> rows, FeedBatch batch)
    {
        for (int target = 0; target < samples.Length; target++)
        {
            NumericArray given = samples[target];
            int perSample = given.HasValue ? given.Span.Length / given.Count : 1;
            Span<float> weights = batch.PrepareWeights(target, rows.Length * perSample);
            for (int i = 0; i < rows.Length; i++)
            {
                Span<float> row = weights.Slice(i * perSample, perSample);
                if (given.HasValue) { given.Span.Slice(rows[i] * perSample, perSample).CopyTo(row); }
                else { row.Fill(1); }
                if (classes is not null) { TensorPrimitives.Multiply(row, ClassWeight(batch.Targets[target], i), row); }
            }
        }
    }

    private float ClassWeight(TensorBuffer target, int row)
    {
        int width = target.Length / target[0];
        ReadOnlySpan<float> y = target.Span.Slice(row * width, width);
        int label = width == 1 ? (int)y[0] : TensorPrimitives.IndexOfMax(y);
        return classes!.TryGetValue(label, out float weight) ? weight : 1;
    }
}
