namespace Engram.Training;

/// <summary>One learning rate up to the first boundary (included), another up to the second, and so on.</summary>
public sealed class PiecewiseConstantDecay : LearningRateSchedule
{
    private readonly long[] boundaries;
    private readonly double[] values;

    /// <summary>Creates the schedule.</summary>
    /// <param name="boundaries">The last step of each learning rate but the last, rising.</param>
    /// <param name="values">The learning rates, one more than boundaries, each at least 0.</param>
    /// <exception cref="ArgumentException">The boundaries do not rise, or there is not one value more than boundaries.</exception>
    public PiecewiseConstantDecay(IEnumerable<long> boundaries, IEnumerable<double> values)
    {
        this.boundaries = [.. boundaries];
        this.values = [.. values];
        if (this.values.Length != this.boundaries.Length + 1)
        {
            throw new ArgumentException(
                $"{this.boundaries.Length} boundaries need {this.boundaries.Length + 1} values, got {this.values.Length}.", nameof(values));
        }

        for (int i = 1; i < this.boundaries.Length; i++)
        {
            if (this.boundaries[i] <= this.boundaries[i - 1])
            {
                throw new ArgumentException(
                    $"Boundaries must rise: {this.boundaries[i]} follows {this.boundaries[i - 1]}.", nameof(boundaries));
            }
        }

        foreach (double value in this.values) { AtLeastZero(value, nameof(values)); }
    }

    /// <inheritdoc/>
    public override string Name => "PiecewiseConstantDecay";

    /// <summary>The last step of each learning rate but the last.</summary>
    public IReadOnlyList<long> Boundaries => boundaries;

    /// <summary>The learning rates.</summary>
    public IReadOnlyList<double> Values => values;

    /// <inheritdoc/>
    public override double At(long step)
    {
        int i = 0;
        while (i < boundaries.Length && step > boundaries[i]) { i++; }
        return values[i];
    }
}
