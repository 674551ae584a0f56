using System.Numerics.Tensors;
using Engram.Data;

namespace Engram.Training;

/// <summary>Copies batches of a source into buffers and refuses numbers that are not finite, naming the place.</summary>
internal sealed class BatchReader
{
    private readonly ISampleSource source;
    private readonly int[] inputAxes;
    private readonly int[] targetAxes;

    public BatchReader(ISampleSource source, bool withTargets)
    {
        this.source = source;
        inputAxes = [0, .. source.InputAxes];
        targetAxes = !withTargets
            ? []
            : [0, .. source.TargetAxes ?? throw new EngramException("These samples have no targets; training and evaluation need one for each sample.")];
    }

    /// <summary>The inputs of the last batch.</summary>
    public TensorBuffer X { get; } = new(0);

    /// <summary>The targets of the last batch.</summary>
    public TensorBuffer Y { get; } = new(0);

    /// <summary>Reads a batch.</summary>
    public void Read(ReadOnlySpan<int> samples)
    {
        inputAxes[0] = samples.Length;
        X.Resize(inputAxes);
        if (targetAxes.Length > 0)
        {
            targetAxes[0] = samples.Length;
            Y.Resize(targetAxes);
        }

        source.CopyBatch(samples, X.Span, targetAxes.Length > 0 ? Y.Span : default);
        RequireFinite("x", X, samples);
        if (targetAxes.Length > 0) { RequireFinite("y", Y, samples); }
    }

    private static void RequireFinite(string name, TensorBuffer values, ReadOnlySpan<int> samples)
    {
        if (TensorPrimitives.IsFiniteAll<float>(values.Span)) { return; }
        int at = 0;
        while (float.IsFinite(values.Span[at])) { at++; }
        int perSample = values.Length / samples.Length;
        int rest = at % perSample;
        var place = new List<string> { $"sample {samples[at / perSample]}" };
        for (int axis = 1; axis < values.Rank; axis++)
        {
            int stride = 1;
            for (int next = axis + 1; next < values.Rank; next++) { stride *= values[next]; }
            string label = (axis, values.Rank) switch { (1, 3) => "time step", (_, _) when axis == values.Rank - 1 => "feature", _ => $"axis {axis} index" };
            place.Add($"{label} {rest / stride}");
            rest %= stride;
        }

        throw new EngramException(
            $"{name} has {values.Span[at]} at {string.Join(", ", place)}; every number must be finite. Fill or remove missing values before training.");
    }
}
