namespace Engram.Training;

/// <summary>
/// Half a cosine down, again and again, each time longer and from a lower start (Loshchilov and Hutter 2016, "SGDR: stochastic gradient
/// descent with warm restarts").
/// </summary>
/// <param name="initialLearningRate">The learning rate of step 0, at least 0.</param>
/// <param name="firstDecaySteps">How many steps the first cosine takes, above 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
public sealed class CosineDecayRestarts(double initialLearningRate, double firstDecaySteps) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override string Name => "CosineDecayRestarts";

    /// <summary>The learning rate of step 0.</summary>
    public double InitialLearningRate { get; } = AtLeastZero(initialLearningRate, nameof(initialLearningRate));

    /// <summary>How many steps the first cosine takes.</summary>
    public double FirstDecaySteps { get; } = AboveZero(firstDecaySteps, nameof(firstDecaySteps));

    /// <summary>What the length of a cosine is multiplied by for the next, at least 1. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public double TMul
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TMul), value, "TMul must be at least 1.");
    } = 2;

    /// <summary>What the start of a cosine is multiplied by for the next, at least 0. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double MMul { get; init => field = AtLeastZero(value, nameof(MMul)); } = 1;

    /// <summary>What share of the learning rate remains at the end of each cosine, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double Alpha { get; init => field = AtLeastZero(value, nameof(Alpha)); }

    /// <inheritdoc/>
    public override double At(long step)
    {
        double fraction = step / FirstDecaySteps, restarts;
        if (TMul == 1)
        {
            restarts = Math.Floor(fraction);
            fraction -= restarts;
        }
        else
        {
            restarts = Math.Floor(Math.Log(1 - (fraction * (1 - TMul))) / Math.Log(TMul));
            double length = Math.Pow(TMul, restarts);
            fraction = (fraction - ((1 - length) / (1 - TMul))) / length;
        }

        double share = 0.5 * Math.Pow(MMul, restarts) * (1 + Math.Cos(Math.PI * fraction));
        return InitialLearningRate * (((1 - Alpha) * share) + Alpha);
    }
}
