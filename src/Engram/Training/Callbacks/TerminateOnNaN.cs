namespace Engram.Training;

/// <summary>Stops training when the loss is not a finite number.</summary>
public sealed class TerminateOnNaN : Callback
{
    /// <inheritdoc/>
    public override bool HandlesNonFiniteLoss => true;

    /// <inheritdoc/>
    public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
    {
        if (double.IsFinite(loss)) { return; }
        run.StopTraining = true;
        run.Message($"Epoch {epoch + 1}, batch {batch + 1}: the loss is {(double.IsNaN(loss) ? "not a number" : "infinite")}; training stops.");
    }
}
