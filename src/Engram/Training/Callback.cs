namespace Engram.Training;

/// <summary>Something that watches training and may step in. Override what matters; every method does nothing by default.</summary>
public abstract class Callback
{
    /// <summary>
    /// Whether this callback deals with a loss that is not finite; without any that does, training throws. Default false.
    /// </summary>
    public virtual bool HandlesNonFiniteLoss => false;

    /// <summary>Called once before the first epoch.</summary>
    public virtual void OnTrainBegin(TrainingRun run) { }

    /// <summary>Called before an epoch.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epoch">The epoch's number, from 0.</param>
    public virtual void OnEpochBegin(TrainingRun run, int epoch) { }

    /// <summary>Called after each batch.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epoch">The epoch's number, from 0.</param>
    /// <param name="batch">The batch's number within the epoch, from 0.</param>
    /// <param name="loss">The mean loss of the epoch so far.</param>
    public virtual void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss) { }

    /// <summary>Called after an epoch.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epoch">The epoch's number, from 0.</param>
    /// <param name="logs">The figures of the epoch by name: <c>loss</c>, <c>val_loss</c>, the metrics and their <c>val_</c> twins.</param>
    public virtual void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs) { }

    /// <summary>Called before the model is validated.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epoch">The epoch's number, from 0.</param>
    public virtual void OnValidationBegin(TrainingRun run, int epoch) { }

    /// <summary>Called after the model was validated.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epoch">The epoch's number, from 0.</param>
    public virtual void OnValidationEnd(TrainingRun run, int epoch) { }

    /// <summary>Called once after the last epoch, also when training stopped early.</summary>
    public virtual void OnTrainEnd(TrainingRun run) { }

    /// <summary>
    /// Keeps what the callback counts from batch to batch or epoch to epoch, for a checkpoint. Called after all callbacks have seen a batch or an
    /// epoch. One that counts nothing keeps nothing.
    /// </summary>
    /// <param name="state">Where it goes; a place of this callback's own.</param>
    public virtual void SaveState(TrainingState state) { }

    /// <summary>
    /// Takes back what <see cref="SaveState"/> kept. Called behind <see cref="OnTrainBegin"/> when a run goes on where another was interrupted;
    /// <see cref="OnEpochBegin"/> is not called again for an epoch that was under way.
    /// </summary>
    /// <param name="state">Where it is.</param>
    /// <exception cref="EngramException">It is not what this callback keeps.</exception>
    public virtual void LoadState(TrainingState state) { }

    /// <summary>Called when all callbacks have seen a batch or an epoch: what writes checkpoints does it now.</summary>
    internal virtual void OnSettled(TrainingRun run, Settled settled) { }
}
