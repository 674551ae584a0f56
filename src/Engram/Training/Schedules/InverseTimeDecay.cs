namespace Engram.Training;

/// <summary>initial / (1 + rate · step / steps).</summary>
/// <param name="initialLearningRate">The learning rate of step 0, at least 0.</param>
/// <param name="decaySteps">The unit of time, above 0.</param>
/// <param name="decayRate">How fast the learning rate falls, at least 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class InverseTimeDecay(double initialLearningRate, double decaySteps, double decayRate) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override string Name => "InverseTimeDecay";

    /// <summary>The learning rate of step 0.</summary>
    public double InitialLearningRate { get; } = AtLeastZero(initialLearningRate, nameof(initialLearningRate));

    /// <summary>The unit of time, in steps.</summary>
    public double DecaySteps { get; } = AboveZero(decaySteps, nameof(decaySteps));

    /// <summary>How fast the learning rate falls.</summary>
    public double DecayRate { get; } = AtLeastZero(decayRate, nameof(decayRate));

    /// <summary>Whether the learning rate falls in steps of <see cref="DecaySteps"/>. Default false.</summary>
    public bool Staircase { get; init; }

    /// <inheritdoc/>
    public override double At(long step)
    {
        double periods = step / DecaySteps;
        return InitialLearningRate / (1 + (DecayRate * (Staircase ? Math.Floor(periods) : periods)));
    }
}
