namespace Engram.Training;

/// <summary>
/// The weights of a batch as a metric sees them: one for each of its values, whether they came for each row or for each step.
/// </summary>
internal readonly ref struct SampleWeights
{
    private readonly ReadOnlySpan<float> weights;
    private readonly int valuesPerWeight;

    /// <summary>Spreads weights over values.</summary>
    /// <param name="weights">One for each row or each row and step; empty for all ones.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="values">The values, a whole number for each row.</param>
    /// <param name="name">The metric, for the error.</param>
    /// <exception cref="EngramException">The weights are neither for rows nor for steps.</exception>
    public SampleWeights(ReadOnlySpan<float> weights, int rows, int values, string name)
    {
        if (!weights.IsEmpty && (weights.Length % rows != 0 || values % weights.Length != 0))
        {
            throw new EngramException($"{name}: {weights.Length} sample weights fit neither {rows} rows nor the steps of {values} values.");
        }

        this.weights = weights;
        valuesPerWeight = weights.IsEmpty ? 1 : values / weights.Length;
    }

    /// <summary>The weight of a value.</summary>
    public double this[int value] => weights.IsEmpty ? 1 : weights[value / valuesPerWeight];
}
