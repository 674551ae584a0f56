namespace Engram.Training;

/// <summary>
/// The weighted mean of values, some for each row of a batch. As in Keras, the values of a row are averaged first, so that a row counts
/// the same in a batch of long sequences and in one of short ones.
/// </summary>
public abstract class MeanMetric : Metric
{
    private double total;
    private double weight;
    private double[] values = [];
    private byte[] counts = [];

    /// <summary>The mean of all values since the last reset; 0 when there were none.</summary>
    public override double Result => weight == 0 ? 0 : total / weight;

    /// <inheritdoc/>
    public override void Reset() => (total, weight) = (0, 0);

    /// <inheritdoc/>
    public override void SaveState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.SetDoubles("mean", [total, weight]);
    }

    /// <inheritdoc/>
    public override void LoadState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        double[] values = state.Doubles("mean", 2);
        (total, weight) = (values[0], values[1]);
    }

    /// <inheritdoc/>
    public override void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights)
    {
        int count = CountValues(target, prediction);
        if (count == 0 || prediction.Length == 0) { return; }
        if (values.Length < count) { (values, counts) = (new double[count], new byte[count]); }
        Span<double> batch = values.AsSpan(0, count);
        Span<byte> counted = counts.AsSpan(0, count);
        counted.Fill(1);
        ComputeValues(target, prediction, batch, counted);

        // Where a batch has one value as a whole, it is as one row.
        int rows = count % prediction[0] == 0 ? prediction[0] : 1;
        SampleWeights weights = new(sampleWeights, rows, count, Name);
        double sum = 0, sumOfWeights = 0;
        for (int i = 0; i < count; i++)
        {
            double share = counted[i] * weights[i];
            sum += share * batch[i];
            sumOfWeights += share;
        }

        total += sum * rows / count;
        weight += sumOfWeights * rows / count;
    }

    /// <summary>The number of values that a batch gives: one, or a whole number for each row.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <exception cref="EngramException">The shapes do not fit each other.</exception>
    protected abstract int CountValues(TensorBuffer target, TensorBuffer prediction);

    /// <summary>Computes the values of a batch.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="values">Overwritten.</param>
    /// <param name="counts">1 for each value; set to 0 for one that does not count.</param>
    protected abstract void ComputeValues(TensorBuffer target, TensorBuffer prediction, Span<double> values, Span<byte> counts);
}
