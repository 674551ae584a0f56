namespace Engram.Training;

/// <summary>Which way a watched figure gets better.</summary>
public enum MonitorMode
{
    /// <summary>A loss by falling; a metric as it says itself.</summary>
    Auto,

    /// <summary>By falling.</summary>
    Min,

    /// <summary>By rising.</summary>
    Max,
}

/// <summary>A callback that watches one figure of the epochs.</summary>
public abstract class MonitorCallback : Callback
{
    /// <summary>The figure's name in the history. Default <c>val_loss</c>.</summary>
    public string Monitor { get; init; } = "val_loss";

    /// <summary>Which way the figure gets better. Default <see cref="MonitorMode.Auto"/>.</summary>
    public MonitorMode Mode { get; init; }

    /// <summary>By how much the figure must get better to count, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or NaN.</exception>
    public double MinDelta
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(MinDelta), value, "MinDelta must be at least 0.");
    }

    /// <summary>The watched figure.</summary>
    /// <param name="logs">The figures of the epoch.</param>
    /// <exception cref="EngramException">There is none of that name; the message lists those there are.</exception>
    protected double Current(IReadOnlyDictionary<string, double> logs)
    {
        if (logs.TryGetValue(Monitor, out double current)) { return current; }
        string names = string.Join(", ", logs.Keys.Select(key => $"'{key}'"));
        string hint = IsValidation(Monitor) && !logs.Keys.Any(IsValidation)
            ? " Give Fit validation data for figures that begin with 'val_'." : "";
        throw new EngramException(
            $"{GetType().Name}: there is no figure '{Monitor}' to watch; there are {names}.{hint}");
    }

    /// <summary>Whether the watched figure is one of validation and the model is not validated after this epoch, but after others.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epoch">The epoch's number, from 0.</param>
    protected bool IsSkipped(TrainingRun run, int epoch) => IsValidation(Monitor) && run.ValidationFrequency > 1 && !run.ValidatesAfter(epoch);

    /// <summary>
    /// Whether a figure is better than another by more than <see cref="MinDelta"/>; any is better than none, but NaN never is.
    /// </summary>
    /// <param name="run">The run, whose metrics say which way is better.</param>
    /// <param name="current">The figure.</param>
    /// <param name="reference">The other, or null for none.</param>
    /// <exception cref="EngramException">Nobody says which way the figure gets better.</exception>
    protected bool IsBetter(TrainingRun run, double current, double? reference)
    {
        bool rising = Rises(run);
        if (reference is not double best) { return !double.IsNaN(current); }
        return rising ? current - MinDelta > best : current + MinDelta < best;
    }

    private bool Rises(TrainingRun run)
    {
        if (Mode != MonitorMode.Auto) { return Mode == MonitorMode.Max; }
        string name = IsValidation(Monitor) ? Monitor[4..] : Monitor;
        if (name == "loss" || (name.EndsWith("_loss", StringComparison.Ordinal) && !run.Figures.ContainsKey(name))) { return false; }
        return run.Figures.GetValueOrDefault(name)?.HigherIsBetter
            ?? throw new EngramException(
                $"{GetType().Name}: whether '{Monitor}' gets better by rising or by falling is not known; set Mode to Max or Min.");
    }

    private static bool IsValidation(string name) => name.StartsWith("val_", StringComparison.Ordinal);
}
