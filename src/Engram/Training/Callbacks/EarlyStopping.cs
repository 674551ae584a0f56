using System.Globalization;
using Engram.Layers;

namespace Engram.Training;

/// <summary>Stops training when the watched figure has not got better for some epochs.</summary>
public sealed class EarlyStopping : MonitorCallback
{
    private readonly List<float[]> bestWeights = [];
    private double? best;
    private int wait;

    /// <summary>After how many epochs without a better figure training stops, at least 0. Default 0: after the first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Patience
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Patience), value, "Patience must be at least 0.");
    }

    /// <summary>A figure that must be beaten as well for patience to start anew. Null, the default: none.</summary>
    public double? Baseline { get; init; }

    /// <summary>
    /// Whether the weights of the best epoch are put back when training ends, whatever ended it. Default false: those of the last epoch
    /// stay.
    /// </summary>
    public bool RestoreBestWeights { get; init; }

    /// <summary>The first epoch that is watched, from 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int StartFromEpoch
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(StartFromEpoch), value, "StartFromEpoch must be at least 0.");
    }

    /// <summary>The epoch with the best figure, from 0; -1 before there is one.</summary>
    public int BestEpoch { get; private set; } = -1;

    /// <summary>The epoch after which training was stopped, from 0; -1 when it was not.</summary>
    public int StoppedEpoch { get; private set; } = -1;

    /// <inheritdoc/>
    public override void OnTrainBegin(TrainingRun run)
    {
        (best, wait, BestEpoch, StoppedEpoch) = (null, 0, -1, -1);
        if (RestoreBestWeights) { Prepare(run.Weights); }
    }

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        if (IsSkipped(run, epoch)) { return; }
        double current = Current(logs);
        if (epoch < StartFromEpoch) { return; }
        wait++;
        if (IsBetter(run, current, best))
        {
            (best, BestEpoch) = (current, epoch);
            if (RestoreBestWeights) { Keep(run.Weights); }
            if (Baseline is null || IsBetter(run, current, Baseline)) { wait = 0; }
            return;
        }

        if (wait >= Patience && epoch > 0)
        {
            StoppedEpoch = epoch;
            run.StopTraining = true;
            run.Message(string.Create(CultureInfo.InvariantCulture, $"Epoch {epoch + 1}: early stopping; {Monitor} was best in epoch {BestEpoch + 1} ({best})."));
        }
    }

    /// <inheritdoc/>
    public override void OnTrainEnd(TrainingRun run)
    {
        if (!RestoreBestWeights || BestEpoch < 0) { return; }
        for (int i = 0; i < run.Weights.Count; i++) { run.Weights[i].Value.CopyFrom(bestWeights[i]); }
        run.Message($"The weights of epoch {BestEpoch + 1}, the best, were put back.");
    }

    /// <inheritdoc/>
    public override void SaveState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.SetNumber("best", best);
        state.SetIntegers("counts", [wait, BestEpoch, StoppedEpoch]);
        if (BestEpoch < 0 || !RestoreBestWeights) { return; }
        for (int i = 0; i < bestWeights.Count; i++) { state.SetFloats(FormattableString.Invariant($"best_weights/{i}"), bestWeights[i]); }
    }

    /// <inheritdoc/>
    public override void LoadState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        best = state.Number("best");
        int[] counts = state.Counts("counts", 3, least: -1);
        (wait, BestEpoch, StoppedEpoch) = (counts[0], counts[1], counts[2]);
        if (BestEpoch < 0 || !RestoreBestWeights) { return; }
        for (int i = 0; i < bestWeights.Count; i++) { bestWeights[i] = state.Floats(FormattableString.Invariant($"best_weights/{i}"), bestWeights[i].Length); }
    }

    private void Keep(IReadOnlyList<Weight> weights)
    {
        for (int i = 0; i < weights.Count; i++) { weights[i].Value.Span.CopyTo(bestWeights[i]); }
    }

    private void Prepare(IReadOnlyList<Weight> weights)
    {
        bool fits = bestWeights.Count == weights.Count;
        for (int i = 0; fits && i < weights.Count; i++) { fits = bestWeights[i].Length == weights[i].Value.Length; }
        if (!fits)
        {
            bestWeights.Clear();
            foreach (Weight weight in weights) { bestWeights.Add(new float[weight.Value.Length]); }
        }
    }
}
