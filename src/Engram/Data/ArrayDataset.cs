namespace Engram.Data;

/// <summary>Samples in arrays, for models with several inputs or outputs, and for validation with weights.</summary>
public sealed class ArrayDataset : IDataset
{
    private readonly NumericArrays x;
    private readonly NumericArrays? y;
    private readonly NumericArrays? sampleWeights;

    /// <summary>Joins inputs, targets and weights.</summary>
    /// <param name="x">The inputs: each (samples, ...).</param>
    /// <param name="y">The targets: each (samples, ...), or none where only predictions are wanted.</param>
    /// <param name="sampleWeights">Weights in the loss: each (samples) or (samples, timeSteps), one array for all outputs or one for each; or none.</param>
    /// <exception cref="EngramException">There is no sample, or the numbers of samples differ.</exception>
    public ArrayDataset(NumericArrays x, NumericArrays? y = null, NumericArrays? sampleWeights = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Count == 0 || x.Any(array => array.Count == 0)) { throw new EngramException("x has no samples; at least one is needed."); }
        NumericArray first = x.First();
        foreach (NumericArray input in x)
        {
            if (input.Count != first.Count) { throw new EngramException($"The inputs have different numbers of samples: {Shape.Format(first.Axes)} and {Shape.Format(input.Axes)}."); }
        }

        foreach (NumericArray target in y ?? [])
        {
            if (target.Count != first.Count)
            {
                throw new EngramException(
                    $"x has {first.Count} samples {Shape.Format(first.Axes)}, y has {target.Count} {Shape.Format(target.Axes)}; there must be one target for each sample.");
            }
        }

        this.x = x;
        this.y = y is { Count: > 0 } ? y : null;
        this.sampleWeights = sampleWeights;
        Count = first.Count;
    }

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    int? IDataset.SampleCount => Count;

    Feed IDataset.CreateFeed(FeedRequest request) => new SampleFeed(new Reader(this, request), request.WithWeights(sampleWeights));

    private sealed class Reader : ISampleReader
    {
        private readonly NumericArray[] inputs;
        private readonly NumericArray[] targets = [];

        public Reader(ArrayDataset data, FeedRequest request)
        {
            inputs = data.x.InOrder(request.InputNames, "input");
            if (request.TargetNames is { } names) { targets = (data.y ?? throw FeedRequest.NoTargets()).InOrder(names, "target"); }
            Count = data.Count;
            InputShapes = [.. inputs.Select(input => new Shape(input.Axes))];
        }

        public int Count { get; }

        public IReadOnlyList<Shape> InputShapes { get; }

        public IReadOnlyList<int>? Lengths => null;

        public void Read(ReadOnlySpan<int> samples, FeedBatch batch)
        {
            for (int i = 0; i < inputs.Length; i++) { Copy(inputs[i], samples, batch.Inputs[i]); }
            for (int i = 0; i < targets.Length; i++) { Copy(targets[i], samples, batch.Targets[i]); }
        }

        private static void Copy(NumericArray from, ReadOnlySpan<int> samples, TensorBuffer to)
        {
            Span<int> axes = stackalloc int[from.Axes.Length];
            from.Axes.CopyTo(axes);
            axes[0] = samples.Length;
            to.Resize(axes);
            int length = from.Span.Length / from.Count;
            for (int i = 0; i < samples.Length; i++) { from.Span.Slice(samples[i] * length, length).CopyTo(to.Span[(i * length)..]); }
        }
    }
}
