namespace Engram.Training;

/// <summary>(initial - end) (1 - step / steps)^power + end, and end from then on.</summary>
/// <param name="initialLearningRate">The learning rate of step 0, at least 0.</param>
/// <param name="decaySteps">After how many steps the end is reached, above 0.</param>
/// <param name="endLearningRate">The learning rate at the end, at least 0. Default 0.0001.</param>
/// <param name="power">1, the default, is a straight line; above 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class PolynomialDecay(double initialLearningRate, double decaySteps, double endLearningRate = 0.0001, double power = 1)
    : LearningRateSchedule
{
    /// <inheritdoc/>
    public override string Name => "PolynomialDecay";

    /// <summary>The learning rate of step 0.</summary>
    public double InitialLearningRate { get; } = AtLeastZero(initialLearningRate, nameof(initialLearningRate));

    /// <summary>After how many steps the end is reached.</summary>
    public double DecaySteps { get; } = AboveZero(decaySteps, nameof(decaySteps));

    /// <summary>The learning rate at the end.</summary>
    public double EndLearningRate { get; } = AtLeastZero(endLearningRate, nameof(endLearningRate));

    /// <summary>The exponent; 1 is a straight line.</summary>
    public double Power { get; } = AboveZero(power, nameof(power));

    /// <summary>
    /// Whether, when the end is reached, the time to it doubles, then triples, and so on, so that the learning rate rises again.
    /// Default false.
    /// </summary>
    public bool Cycle { get; init; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        double steps = Cycle && step > 0 ? DecaySteps * Math.Ceiling(step / DecaySteps) : DecaySteps;
        return ((InitialLearningRate - EndLearningRate) * Math.Pow(1 - (Math.Min(step, steps) / steps), Power)) + EndLearningRate;
    }
}
