using System.Numerics.Tensors;
using Engram.Data;
using Engram.Training;

namespace Engram.Models;

/// <summary>Collects the outputs of a network, batch by batch, in the order of the samples.</summary>
internal sealed class Predictions(int outputs, int? samples)
{
    private readonly List<float>[] grown = [.. Enumerable.Range(0, outputs).Select(_ => new List<float>())];
    private readonly float[]?[] values = new float[]?[outputs];
    private readonly int[][] axes = new int[outputs][];
    private int rows;

    public void Add(NetworkPass pass, FeedBatch batch)
    {
        for (int i = 0; i < outputs; i++)
        {
            TensorBuffer output = pass.Output(i);
            int perSample = output.Length / output[0];
            if (axes[i] is null)
            {
                axes[i] = output.Axes[1..].ToArray();
                if (samples is int count) { values[i] = new float[checked(perSample * count)]; }
            }
            else if (!output.Axes[1..].SequenceEqual(axes[i]))
            {
                throw new EngramException(
                    $"The outputs of two batches have different shapes, {Shape.Format(axes[i])} and {Shape.Format(output.Axes[1..])}; predict sequences of different lengths as a list.");
            }

            if (values[i] is { } all)
            {
                for (int row = 0; row < batch.Rows; row++)
                {
                    int sample = batch.Samples is { } numbers ? numbers[row] : rows + row;
                    output.Span.Slice(row * perSample, perSample).CopyTo(all.AsSpan(sample * perSample));
                }
            }
            else { grown[i].AddRange(output.Span); }
        }

        rows += batch.Rows;
    }

    public Tensor<float>[] ToTensors()
    {
        if (rows == 0) { throw new EngramException("There are no samples; at least one is needed."); }
        return [.. Enumerable.Range(0, outputs).Select(i =>
            Tensor.Create(values[i] ?? [.. grown[i]], [rows, .. axes[i].Select(length => (nint)length)]))];
    }
}
