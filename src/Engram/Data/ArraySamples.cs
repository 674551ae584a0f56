namespace Engram.Data;

/// <summary>Samples in arrays: inputs and, sample by sample, their targets.</summary>
public sealed class ArraySamples : ISampleSource
{
    private readonly NumericArray x;
    private readonly NumericArray y;
    private readonly int inputLength;
    private readonly int targetLength;

    /// <summary>Joins inputs and targets.</summary>
    /// <param name="x">The inputs: (samples, ...).</param>
    /// <param name="y">The targets: (samples, ...), or none where only predictions are wanted.</param>
    /// <exception cref="EngramException">There is no sample, or the numbers of inputs and targets differ.</exception>
    public ArraySamples(NumericArray x, NumericArray y = default)
    {
        if (x.Count == 0) { throw new EngramException("x has no samples; at least one is needed."); }
        if (y.HasValue && y.Count != x.Count)
        {
            throw new EngramException(
                $"x has {x.Count} samples {Shape.Format(x.Axes)}, y has {y.Count} {Shape.Format(y.Axes)}; there must be one target for each sample.");
        }

        this.x = x;
        this.y = y;
        InputAxes = x.Axes[1..].ToArray();
        TargetAxes = y.HasValue ? y.Axes[1..].ToArray() : null;
        inputLength = x.Span.Length / x.Count;
        targetLength = y.HasValue ? y.Span.Length / y.Count : 0;
    }

    /// <inheritdoc/>
    public int Count => x.Count;

    /// <inheritdoc/>
    public IReadOnlyList<int> InputAxes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int>? TargetAxes { get; }

    /// <inheritdoc/>
    public void CopyBatch(ReadOnlySpan<int> samples, Span<float> x, Span<float> y)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            this.x.Span.Slice(samples[i] * inputLength, inputLength).CopyTo(x[(i * inputLength)..]);
            if (!y.IsEmpty) { this.y.Span.Slice(samples[i] * targetLength, targetLength).CopyTo(y[(i * targetLength)..]); }
        }
    }
}
