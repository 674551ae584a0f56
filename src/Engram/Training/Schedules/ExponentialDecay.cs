namespace Engram.Training;

/// <summary>initial · rate^(step / steps).</summary>
/// <param name="initialLearningRate">The learning rate of step 0, at least 0.</param>
/// <param name="decaySteps">Over how many steps the rate applies once, above 0.</param>
/// <param name="decayRate">What the learning rate is multiplied by, above 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class ExponentialDecay(double initialLearningRate, double decaySteps, double decayRate) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override string Name => "ExponentialDecay";

    /// <summary>The learning rate of step 0.</summary>
    public double InitialLearningRate { get; } = AtLeastZero(initialLearningRate, nameof(initialLearningRate));

    /// <summary>Over how many steps the rate applies once.</summary>
    public double DecaySteps { get; } = AboveZero(decaySteps, nameof(decaySteps));

    /// <summary>What the learning rate is multiplied by.</summary>
    public double DecayRate { get; } = AboveZero(decayRate, nameof(decayRate));

    /// <summary>Whether the learning rate falls in steps of <see cref="DecaySteps"/>. Default false.</summary>
    public bool Staircase { get; init; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        double periods = step / DecaySteps;
        return InitialLearningRate * Math.Pow(DecayRate, Staircase ? Math.Floor(periods) : periods);
    }
}
