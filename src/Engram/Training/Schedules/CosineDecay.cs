namespace Engram.Training;

/// <summary>
/// Half a cosine from the initial learning rate down to alpha times it (Loshchilov and Hutter 2016, "SGDR: stochastic gradient descent
/// with warm restarts"), optionally after a straight rise: with <see cref="WarmupTarget"/> the learning rate rises from the initial
/// one to the target over <see cref="WarmupSteps"/>, and the cosine starts there.
/// </summary>
/// <param name="initialLearningRate">The learning rate of step 0, at least 0.</param>
/// <param name="decaySteps">How many steps the cosine takes, above 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class CosineDecay(double initialLearningRate, double decaySteps) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override string Name => "CosineDecay";

    /// <summary>The learning rate of step 0.</summary>
    public double InitialLearningRate { get; } = AtLeastZero(initialLearningRate, nameof(initialLearningRate));

    /// <summary>How many steps the cosine takes.</summary>
    public double DecaySteps { get; } = AboveZero(decaySteps, nameof(decaySteps));

    /// <summary>What share of the learning rate remains at the end, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double Alpha { get; init => field = AtLeastZero(value, nameof(Alpha)); }

    /// <summary>Where the learning rate rises to first, or null, the default, for no rise.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double? WarmupTarget { get; init => field = value is double v ? AtLeastZero(v, nameof(WarmupTarget)) : null; }

    /// <summary>How many steps the rise takes, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double WarmupSteps { get; init => field = AtLeastZero(value, nameof(WarmupSteps)); }

    /// <inheritdoc/>
    public override double At(long step)
    {
        if (WarmupTarget is not double target) { return Cosine(step, InitialLearningRate); }
        return step < WarmupSteps
            ? ((target - InitialLearningRate) * (step / WarmupSteps)) + InitialLearningRate
            : Cosine(step - WarmupSteps, target);
    }

    private double Cosine(double step, double from)
    {
        double share = 0.5 * (1 + Math.Cos(Math.PI * Math.Min(step, DecaySteps) / DecaySteps));
        return from * (((1 - Alpha) * share) + Alpha);
    }
}
