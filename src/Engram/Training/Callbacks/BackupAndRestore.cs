using Engram.Formats.Safetensors;

namespace Engram.Training;

/// <summary>
/// Keeps a run that is interrupted: writes a checkpoint after each epoch, or after some batches, and when a fit begins and finds one in
/// its folder goes on from there. Model, optimizer, states that layers carry, the order of samples, random draws, callbacks and history are then as they
/// were, so that a run which was killed and started again ends with the very numbers of one that was not. The program needs nothing but to be started again.
/// <code>
/// model.Fit(x, y, new FitOptions { Epochs = 100, Callbacks = [new BackupAndRestore("backup")] });
/// </code>
/// </summary>
public sealed class BackupAndRestore : Callback
{
    private readonly CheckpointFolder folder;

    /// <summary>Creates the callback.</summary>
    /// <param name="folder">The folder of the checkpoints, one for each run; it is created when it is missing.</param>
    public BackupAndRestore(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        this.folder = new CheckpointFolder(folder);
    }

    /// <summary>After how many batches, again and again, a checkpoint is written. Null, the default: after each epoch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? EveryBatches
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(EveryBatches), value, "EveryBatches must be at least 1.");
    }

    /// <summary>Whether the checkpoints are deleted when training ends, so that the next fit is one of its own. Default true.</summary>
    public bool DeleteCheckpoint { get; init; } = true;

    /// <summary>How many checkpoints are kept, at least 1. Default 2: should the last be damaged, there is one before it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int KeepLast
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(KeepLast), value, "KeepLast must be at least 1.");
    } = 2;

    /// <summary>
    /// Whether the run goes on from the checkpoint before where the last one is damaged, which is said in the history. What was done since is then
    /// done again, to the same numbers. Default false: a damaged checkpoint is an error, which says which one is whole.
    /// </summary>
    public bool SkipDamaged { get; init; }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The folder cannot be written.</exception>
    public override void OnTrainBegin(TrainingRun run) => folder.Prepare();

    /// <inheritdoc/>
    public override void OnTrainEnd(TrainingRun run)
    {
        if (DeleteCheckpoint) { folder.DeleteAll(); }
    }

    internal override void OnSettled(TrainingRun run, Settled settled)
    {
        if (EveryBatches is int every ? settled.EpochEnded || settled.Steps % every != 0 : !settled.EpochEnded) { return; }
        settled.Save(folder.PathOf(settled.Steps));
        folder.Keep(KeepLast);
    }

    /// <summary>The checkpoint to go on from, or null.</summary>
    /// <exception cref="EngramException">The last one is damaged.</exception>
    internal (TrainingState State, SafetensorsFile File)? Read(TrainingRun run)
    {
        string? damaged = null;
        foreach (string path in folder.Newest())
        {
            (TrainingState State, SafetensorsFile File) found;
            try { found = CheckpointFile.Read(path); }
            catch (EngramException e)
            {
                damaged ??= e.Message;
                if (SkipDamaged) { run.Message($"{e.Message} The checkpoint is passed over."); }
                continue;
            }

            if (damaged is null || SkipDamaged) { return found; }
            TrainingState fit = found.State.Under("fit");
            throw new EngramException($"{damaged} The checkpoint before it, '{path}', is whole (epoch {fit.Integer("epoch") + 1}, {fit.Integer("batch")} batches done): delete the damaged file, or set SkipDamaged, to go on from there.");
        }

        return damaged is null ? null : throw new EngramException($"{damaged} There is no whole checkpoint before it; delete it to begin anew.");
    }
}
