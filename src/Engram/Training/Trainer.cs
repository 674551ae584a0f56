using Engram.Data;
using Engram.Layers;

namespace Engram.Training;

/// <summary>The training loop of a compiled model.</summary>
internal sealed partial class Trainer
{
    private readonly INetwork network;
    private readonly Weight[] weights;
    private readonly Weight[] trainableWeights;
    private readonly Objective[] objectives;
    private RandomKey key;
    private readonly NetworkPass training;
    private NetworkPass? evaluation;
    private long steps;
    private long epochs;

    public Trainer(INetwork network, Optimizer optimizer, Objective[] objectives)
    {
        this.network = network;
        Optimizer = optimizer;
        this.objectives = objectives;
        key = KeyOf(network.Seed);
        training = network.CreatePass();
        weights = [.. network.Weights];
        trainableWeights = [.. network.TrainableWeights];
        optimizer.Build(trainableWeights);
    }

    public Optimizer Optimizer { get; }

    /// <summary>How many steps and epochs were run: what the draws of the next ones follow from.</summary>
    public (long Steps, long Epochs) Position
    {
        get => (steps, epochs);
        set => (steps, epochs) = value;
    }

    private static RandomKey KeyOf(long seed) => new RandomKey(seed).Derive("training");

    /// <summary>Runs all epochs.</summary>
    /// <param name="feed">The training samples.</param>
    /// <param name="validation">The validation samples, or null.</param>
    /// <param name="options">How.</param>
    /// <param name="history">What is reported goes here.</param>
    public void Fit(Feed feed, Feed? validation, FitOptions options, History history)
    {
        void Say(string text)
        {
            history.AddMessage(text);
            options.Log?.WriteLine(text);
        }

        var run = new TrainingRun(weights, Optimizer, options.Epochs, options.StepsPerEpoch ?? feed.BatchCount ?? 0, Say)
        {
            Layers = network.Layers,
            Network = network,
            TrainableWeights = trainableWeights,
            Figures = new Dictionary<string, Metric>(objectives.SelectMany(objective => objective.Metrics)),
            ValidationFrequency = validation is null ? 0 : options.ValidationFrequency,
        };
        training.Recompute = options.Recompute;
        if (!trainableWeights.SequenceEqual(network.TrainableWeights)) { Say("Trainable was changed after Compile, which has no effect yet; compile the model again."); }
        Callback[] callbacks = [.. options.Callbacks];
        var fit = new FitState(run, feed, options, history) { Epoch = options.InitialEpoch };
        foreach (Callback callback in callbacks) { callback.OnTrainBegin(run); }
        Resume(fit);
        var settled = new Settled(path => Save(path, fit));
        // A run that was interrupted when it was told to stop within an epoch still has that epoch's end before it.
        while (fit.Epoch < options.Epochs && (!run.StopTraining || fit.Batch > 0))
        {
            int epoch = fit.Epoch;
            if (fit.Batch == 0)
            {
                foreach (Callback callback in callbacks) { callback.OnEpochBegin(run, epoch); }
            }

            var logs = new Dictionary<string, double> { ["loss"] = RunEpoch(fit, callbacks, settled) };
            foreach (Objective objective in objectives) { objective.Report(logs, ""); }
            if (validation is not null && run.ValidatesAfter(epoch))
            {
                foreach (Callback callback in callbacks) { callback.OnValidationBegin(run, epoch); }
                Evaluate(validation, options.ValidationSteps, logs, "val_");
                foreach (Callback callback in callbacks) { callback.OnValidationEnd(run, epoch); }
            }

            if (epoch == options.InitialEpoch && training.MaskDroppedBy is { } layer)
            {
                Say($"{layer} knows no masks: padded steps count from there on as if they were data.");
            }

            history.Add(logs);
            foreach (Callback callback in callbacks) { callback.OnEpochEnd(run, epoch, logs); }
            epochs++;
            (fit.Epoch, fit.Batch) = (epoch + 1, 0);
            Settle(run, settled, callbacks, epochEnded: true);
        }

        Optimizer.FinishTraining();
        foreach (Callback callback in callbacks) { callback.OnTrainEnd(run); }
    }

    /// <summary>One step on the first batch; returns the loss.</summary>
    public double TrainOnBatch(Feed feed)
    {
        feed.BeginEpoch(null);
        double value = Step(feed.Next()!);
        return double.IsFinite(value) ? value : throw Diverged($"the {steps}th batch");
    }

    /// <summary>The loss and the metrics over all samples.</summary>
    public Dictionary<string, double> Evaluate(Feed feed, int? limit)
    {
        var figures = new Dictionary<string, double>();
        Evaluate(feed, limit, figures, "");
        return figures;
    }

    private double RunEpoch(FitState fit, Callback[] callbacks, Settled settled)
    {
        (TrainingRun run, Feed feed, FitOptions options) = (fit.Run, fit.Feed, fit.Options);
        if (fit.Batch == 0)
        {
            foreach (Objective objective in objectives) { objective.Reset(); }
            (fit.Sum, fit.Seen) = (0, 0);
            // With a number of steps the data go on where the last epoch stopped; without one each epoch begins anew.
            if (!fit.Begun || options.StepsPerEpoch is null) { Begin(fit); }
        }

        for (; (options.StepsPerEpoch is not int limit || fit.Batch < limit) && !run.StopTraining; Settle(run, settled, callbacks, epochEnded: false))
        {
            FeedBatch? next = feed.Next();
            if (next is null)
            {
                if (options.StepsPerEpoch is null) { break; }
                Begin(fit);
                next = feed.Next() ?? throw NoBatches();
            }

            (int epoch, int batch) = (fit.Epoch, fit.Batch++);
            fit.Taken++;
            double value = Step(next);
            if (!double.IsFinite(value) && !Array.Exists(callbacks, callback => callback.HandlesNonFiniteLoss))
            {
                string of = run.StepsPerEpoch > 0 ? $" of {run.StepsPerEpoch}" : "";
                throw Diverged($"epoch {epoch + 1}, batch {batch + 1}{of}");
            }

            fit.Seen += next.Rows;
            fit.Sum += value * next.Rows;
            run.BatchLoss = value;
            foreach (Objective objective in objectives) { objective.UpdateMetrics(training, next); }
            foreach (Callback callback in callbacks) { callback.OnBatchEnd(run, epoch, batch, fit.Sum / fit.Seen); }
        }

        return fit.Seen > 0 ? fit.Sum / fit.Seen : throw NoBatches();
    }

    private void Begin(FitState fit)
    {
        fit.Feed.BeginEpoch(fit.Options.Shuffle ? key.Derive("shuffle").Derive(fit.Options.StepsPerEpoch is null ? epochs : steps) : null);
        (fit.Begun, fit.Taken) = (true, 0);
    }

    // Files that were asked for are there before a checkpoint says that they were written.
    private void Settle(TrainingRun run, Settled settled, Callback[] callbacks, bool epochEnded)
    {
        (settled.EpochEnded, settled.Steps) = (epochEnded, steps);
        foreach (Callback callback in callbacks)
        {
            if (callback is not BackupAndRestore) { callback.OnSettled(run, settled); }
        }

        foreach (Callback callback in callbacks)
        {
            if (callback is BackupAndRestore) { callback.OnSettled(run, settled); }
        }
    }

    // Forward, loss, backward, update. A loss that is not finite changes no weight.
    private double Step(FeedBatch batch)
    {
        foreach (Weight weight in weights) { weight.ClearGradient(); }
        training.Forward(batch.Inputs, batch.Masks, training: true, keepForBackward: true, key.Derive("step").Derive(steps++));
        double value = 0;
        foreach (Objective objective in objectives) { value += objective.Compute(training, batch, withGradient: true); }
        value += training.ActivityPenalty + Penalties();
        if (!double.IsFinite(value)) { return value; }
        training.Backward(default);
        foreach (Weight weight in trainableWeights)
        {
            weight.Regularizer?.AddGradient(weight.Value.Span, weight.Value.Axes, weight.Gradient.Span);
        }

        Optimizer.Step();
        return value;
    }

    private void Evaluate(Feed feed, int? limit, Dictionary<string, double> figures, string prefix)
    {
        NetworkPass pass = evaluation ??= network.CreatePass();
        foreach (Objective objective in objectives) { objective.Reset(); }
        double sum = 0;
        long seen = 0;
        feed.BeginEpoch(null);
        for (int batch = 0; batch != limit && feed.Next() is { } next; batch++)
        {
            pass.Forward(next.Inputs, next.Masks, training: false, keepForBackward: false, default);
            double value = pass.ActivityPenalty;
            foreach (Objective objective in objectives)
            {
                value += objective.Compute(pass, next, withGradient: false);
                objective.UpdateMetrics(pass, next);
            }

            sum += value * next.Rows;
            seen += next.Rows;
        }

        if (seen == 0) { throw NoBatches(); }
        figures[$"{prefix}loss"] = (sum / seen) + Penalties();
        foreach (Objective objective in objectives) { objective.Report(figures, prefix); }
    }

    private double Penalties()
    {
        double sum = 0;
        foreach (Weight weight in weights)
        {
            if (weight.Regularizer is { } regularizer) { sum += regularizer.Penalty(weight.Value.Span, weight.Value.Axes); }
        }

        return sum;
    }

    private static EngramException NoBatches() =>
        new("The data have no more batches. Give what can be enumerated again for each epoch, or StepsPerEpoch for batches without end.");

    private EngramException Diverged(string where) => new(
        $"Training diverged at {where}: {training.DescribeNonFinite()}. The weights are those before this batch. A lower learning rate, a clipped gradient (GlobalClipNorm = 1) or scaled inputs help.");
}
