namespace Engram.Training;

/// <summary>Sets the learning rate before each epoch.</summary>
/// <param name="schedule">From the epoch's number, from 0, and the present learning rate to the one to use.</param>
public sealed class LearningRateScheduler(Func<int, double, double> schedule) : Callback
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The function returned a negative number or one that is not finite.</exception>
    public override void OnEpochBegin(TrainingRun run, int epoch) =>
        run.Optimizer.LearningRate = schedule(epoch, run.Optimizer.LearningRate);
}
