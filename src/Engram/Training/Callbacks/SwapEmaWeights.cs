namespace Engram.Training;

/// <summary>
/// Puts the moving averages of the weights in their place while the model is validated, and back for training. The optimizer must keep them
/// (<see cref="Optimizer.UseEma"/>). When training ends the averages are the weights.
/// </summary>
public sealed class SwapEmaWeights : Callback
{
    /// <summary>
    /// Whether the averages stay in place until the next epoch begins, so that callbacks that come after this one, such as
    /// <see cref="ModelCheckpoint"/>, see them. Default false.
    /// </summary>
    public bool SwapOnEpoch { get; init; }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The optimizer keeps no averages.</exception>
    public override void OnTrainBegin(TrainingRun run)
    {
        if (!run.Optimizer.UseEma) { throw new EngramException($"SwapEmaWeights: {run.Optimizer.Name} keeps no averages; create it with UseEma = true."); }
    }

    /// <inheritdoc/>
    public override void OnEpochBegin(TrainingRun run, int epoch) => Swap(run, false);

    /// <inheritdoc/>
    public override void OnValidationBegin(TrainingRun run, int epoch) => Swap(run, true);

    /// <inheritdoc/>
    public override void OnValidationEnd(TrainingRun run, int epoch) => Swap(run, false);

    /// <inheritdoc/>
    public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
    {
        if (SwapOnEpoch) { Swap(run, true); }
    }

    private static void Swap(TrainingRun run, bool averages)
    {
        if (run.Optimizer.AveragesAreSwapped != averages) { run.Optimizer.SwapAverages(); }
    }
}
