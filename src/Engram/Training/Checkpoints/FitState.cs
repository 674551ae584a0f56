using Engram.Data;

namespace Engram.Training;

/// <summary>How far a fit is.</summary>
internal sealed class FitState(TrainingRun run, Feed feed, FitOptions options, History history)
{
    public TrainingRun Run { get; } = run;

    public Feed Feed { get; } = feed;

    public FitOptions Options { get; } = options;

    public History History { get; } = history;

    /// <summary>The epoch that is under way, or comes next.</summary>
    public int Epoch { get; set; }

    /// <summary>How many batches of it were done; 0 between epochs.</summary>
    public int Batch { get; set; }

    /// <summary>The sum of the losses of its samples.</summary>
    public double Sum { get; set; }

    /// <summary>The number of its samples that were seen.</summary>
    public long Seen { get; set; }

    /// <summary>Whether the feed has begun.</summary>
    public bool Begun { get; set; }

    /// <summary>How many batches were taken since it began last.</summary>
    public long Taken { get; set; }

    public void SaveState(TrainingState state)
    {
        state.SetInteger("epoch", Epoch);
        state.SetInteger("batch", Batch);
        state.SetNumber("sum", Sum);
        state.SetInteger("seen", Seen);
        state.SetInteger("taken", Begun ? Taken : -1);
        state.SetInteger("stop", Run.StopTraining ? 1 : 0);
        state.SetNumber("batch_loss", Run.BatchLoss);
        state.SetInteger("batch_size", Options.BatchSize);
        state.SetInteger("steps_per_epoch", Options.StepsPerEpoch ?? 0);
        IReadOnlyList<int[]> order = Feed.Order;
        for (int i = 0; Begun && i < order.Count; i++) { state.SetOrder(FormattableString.Invariant($"order/{i}"), order[i]); }
    }

    public void LoadState(TrainingState state)
    {
        Epoch = (int)state.Integer("epoch", 0, int.MaxValue);
        Batch = (int)state.Integer("batch", 0, int.MaxValue);
        Sum = state.Number("sum") ?? throw state.Wrong("sum", "is missing");
        Seen = state.Integer("seen", 0);
        Run.StopTraining = state.Integer("stop", 0, 1) == 1;
        Run.BatchLoss = state.Number("batch_loss") ?? throw state.Wrong("batch_loss", "is missing");
        long taken = state.Integer("taken", -1);
        if (taken < 0) { return; }

        // Within an epoch, or where epochs do not begin anew, the next batch must be the one that would have come.
        long steps = state.Integer("steps_per_epoch", 0), size = state.Integer("batch_size", 1);
        bool goesOn = Batch > 0 || steps > 0;
        if (goesOn && (steps != (Options.StepsPerEpoch ?? 0) || size != Options.BatchSize))
        {
            throw new EngramException(
                $"{state.Source}: the run was interrupted within its data, with BatchSize {size} and StepsPerEpoch {(steps > 0 ? steps : "null")}; this fit has {Options.BatchSize} and {(Options.StepsPerEpoch is int now ? now : "null")}. Use the same to go on.");
        }

        int[][] order = [.. Enumerable.Range(0, 3).Select(i => FormattableString.Invariant($"order/{i}")).Where(state.Has).Select(state.Order)];
        try
        {
            if (goesOn || order.Length > 0) { Feed.Resume(order, goesOn ? taken : 0); }
        }
        catch (EngramException e) { throw new EngramException($"{state.Source}: {e.Message}. Give the data of the run that was interrupted.", e); }
        if (goesOn) { (Begun, Taken) = (true, taken); }
    }
}
