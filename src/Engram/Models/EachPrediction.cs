using System.Numerics.Tensors;
using Engram.Data;
using Engram.Training;

namespace Engram.Models;

/// <summary>Collects the output for each sample, cut to the steps that are data.</summary>
internal sealed class EachPrediction(int? samples)
{
    private readonly List<Tensor<float>?> each = [.. new Tensor<float>?[samples ?? 0]];
    private int seen;

    public void Add(NetworkPass pass, FeedBatch batch)
    {
        TensorBuffer output = pass.Output(0);
        Mask? mask = pass.OutputMask(0);
        int perSample = output.Length / output[0];
        for (int row = 0; row < batch.Rows; row++, seen++)
        {
            int sample = batch.Samples is { } numbers ? numbers[row] : seen;
            while (each.Count <= sample) { each.Add(null); }
            each[sample] = Cut(output.Span.Slice(row * perSample, perSample), output.Axes[1..], mask, row);
        }
    }

    public Tensor<float>[] ToTensors() => [.. each.Select(output => output!)];

    private static Tensor<float> Cut(ReadOnlySpan<float> values, ReadOnlySpan<int> axes, Mask? mask, int row)
    {
        nint[] lengths = [.. axes.ToArray().Select(axis => (nint)axis)];
        if (mask is null || axes.Length == 0 || mask.TimeSteps != axes[0]) { return Tensor.Create(values.ToArray(), lengths); }
        int perStep = values.Length / mask.TimeSteps;
        var kept = new List<float>();
        for (int t = 0; t < mask.TimeSteps; t++)
        {
            if (mask[row, t]) { kept.AddRange(values.Slice(t * perStep, perStep)); }
        }

        lengths[0] = kept.Count / perStep;
        return Tensor.Create(kept.ToArray(), lengths);
    }
}
