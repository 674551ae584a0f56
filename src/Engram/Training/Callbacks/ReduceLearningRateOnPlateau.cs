using System.Globalization;

namespace Engram.Training;

/// <summary>Lowers the learning rate when the watched figure has not got better for some epochs.</summary>
public sealed class ReduceLearningRateOnPlateau : MonitorCallback
{
    private double? best;
    private int wait, rest;

    /// <summary>
    /// Creates the callback; a figure must get better by 0.0001 to count unless <see cref="MonitorCallback.MinDelta"/> is set.
    /// </summary>
    public ReduceLearningRateOnPlateau() => MinDelta = 1e-4;

    /// <summary>What the learning rate is multiplied by, above 0 and below 1. Default 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and below 1.</exception>
    public double Factor
    {
        get;
        init => field = value is > 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Factor), value, "Factor must be above 0 and below 1.");
    } = 0.1;

    /// <summary>After how many epochs without a better figure the learning rate is lowered, at least 0. Default 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Patience
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Patience), value, "Patience must be at least 0.");
    } = 10;

    /// <summary>For how many epochs after that nothing is counted, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Cooldown
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Cooldown), value, "Cooldown must be at least 0.");
    }

    /// <summary>The least learning rate, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or NaN.</exception>
    public double MinLearningRate
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MinLearningRate), value, "MinLearningRate must be at least 0.");
    }

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingRun run) => (best, wait, rest) = (null, 0, 0);

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        if (IsSkipped(run, epoch)) { return; }
        double current = Current(logs);
        if (rest > 0)
        {
            rest--;
            wait = 0;
        }

        if (IsBetter(run, current, best)) { (best, wait) = (current, 0); }
        else if (rest == 0 && ++wait >= Patience) { Reduce(run, epoch); }
    }

    /// <inheritdoc/>
    public override void SaveState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.SetNumber("best", best);
        state.SetIntegers("counts", [wait, rest]);
    }

    /// <inheritdoc/>
    public override void LoadState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        best = state.Number("best");
        int[] counts = state.Counts("counts", 2);
        (wait, rest) = (counts[0], counts[1]);
    }

    private void Reduce(TrainingRun run, int epoch)
    {
        double old = run.Optimizer.LearningRate;
        if (old <= MinLearningRate) { return; }
        run.Optimizer.LearningRate = Math.Max(old * Factor, MinLearningRate);
        (wait, rest) = (0, Cooldown);
        run.Message(string.Create(CultureInfo.InvariantCulture, $"Epoch {epoch + 1}: the learning rate is lowered from {old} to {run.Optimizer.LearningRate}."));
    }
}
