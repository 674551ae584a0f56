using Engram.Data;
using Engram.Layers;

namespace Engram.Training;

/// <summary>The training loop of a compiled model.</summary>
internal sealed class Trainer
{
    private readonly INetwork network;
    private readonly Weight[] weights;
    private readonly Weight[] trainableWeights;
    private readonly Metric[] metrics;
    private readonly RandomKey key;
    private readonly BatchLoss batchLoss;
    private readonly BatchLoss evaluationLoss;
    private readonly NetworkPass training;
    private NetworkPass? evaluation;
    private long steps;
    private long epochs;

    public Trainer(INetwork network, Optimizer optimizer, Loss loss, Metric[] metrics, RandomKey key)
    {
        this.network = network;
        Optimizer = optimizer;
        this.metrics = metrics;
        this.key = key;
        batchLoss = new BatchLoss(loss);
        evaluationLoss = new BatchLoss(loss);
        training = network.CreatePass();
        weights = [.. network.Weights];
        trainableWeights = [.. network.TrainableWeights];
        optimizer.Build(trainableWeights);
    }

    public Optimizer Optimizer { get; }

    /// <summary>Runs all epochs.</summary>
    public History Fit(ISampleSource source, FitOptions options)
    {
        int trainingCount = Split(source, options, out int validationCount);
        training.Recompute = options.Recompute;
        var history = new History();
        void Say(string text)
        {
            history.AddMessage(text);
            options.Log?.WriteLine(text);
        }

        var batchWeights = new BatchWeights(options.SampleWeights, options.ClassWeights, source.Count);
        int batches = (trainingCount + options.BatchSize - 1) / options.BatchSize;
        var run = new TrainingRun(weights, Optimizer, options.Epochs, batches, Say) { Metrics = metrics };
        int[] order = [.. Enumerable.Range(0, trainingCount)];
        int[] validationRows = [.. Enumerable.Range(trainingCount, validationCount)];
        if (validationCount > 0)
        {
            Say($"Training on samples 0 to {trainingCount - 1}, validating on samples {trainingCount} to {source.Count - 1} (the last {validationCount}, cut off before shuffling).");
        }

        var reader = new BatchReader(source, withTargets: true);
        BatchReader? validationReader = options.ValidationData is not null
            ? new BatchReader(options.ValidationData, withTargets: true)
            : validationCount > 0 ? new BatchReader(source, withTargets: true) : null;
        if (options.ValidationData is not null) { validationRows = [.. Enumerable.Range(0, options.ValidationData.Count)]; }

        Callback[] callbacks = [.. options.Callbacks];
        foreach (Callback callback in callbacks) { callback.OnTrainBegin(run); }
        for (int epoch = 0; epoch < options.Epochs && !run.StopTraining; epoch++, epochs++)
        {
            foreach (Callback callback in callbacks) { callback.OnEpochBegin(run, epoch); }
            if (options.Shuffle) { key.Derive("shuffle").Derive(epochs).Shuffle(order); }
            var logs = new Dictionary<string, double> { ["loss"] = RunEpoch(run, reader, order, batchWeights, callbacks, options.BatchSize, epoch) };
            foreach (Metric metric in metrics) { logs[metric.Name] = metric.Result; }
            if (validationReader is not null)
            {
                BatchWeights? validationWeights = options.ValidationData is null ? batchWeights : null;
                foreach ((string name, double value) in Evaluate(validationReader, validationRows, validationWeights, options.BatchSize))
                {
                    logs[$"val_{name}"] = value;
                }
            }

            if (epoch == 0 && training.MaskDroppedBy is { } layer)
            {
                Say($"{layer} knows no masks: padded steps count from there on as if they were data.");
            }

            history.Add(logs);
            foreach (Callback callback in callbacks) { callback.OnEpochEnd(run, epoch, logs); }
        }

        Optimizer.FinishTraining();
        foreach (Callback callback in callbacks) { callback.OnTrainEnd(run); }
        return history;
    }

    /// <summary>One step on one batch; returns the loss.</summary>
    public double TrainOnBatch(ISampleSource source)
    {
        var reader = new BatchReader(source, withTargets: true);
        reader.Read([.. Enumerable.Range(0, source.Count)]);
        double value = Step(reader, default);
        if (!double.IsFinite(value)) { throw Diverged($"the {steps}th batch"); }
        return value;
    }

    /// <summary>The loss and the metrics over all samples.</summary>
    public Dictionary<string, double> Evaluate(ISampleSource source, NumericArray sampleWeights, int batchSize)
    {
        int[] rows = [.. Enumerable.Range(0, source.Count)];
        return Evaluate(new BatchReader(source, withTargets: true), rows, new BatchWeights(sampleWeights, null, source.Count), batchSize);
    }

    private double RunEpoch(
        TrainingRun run, BatchReader reader, int[] order, BatchWeights batchWeights, Callback[] callbacks, int batchSize, int epoch)
    {
        foreach (Metric metric in metrics) { metric.Reset(); }
        double sum = 0;
        int seen = 0;
        for (int batch = 0; batch < run.StepsPerEpoch && !run.StopTraining; batch++)
        {
            ReadOnlySpan<int> rows = order.AsSpan(seen, Math.Min(batchSize, order.Length - seen));
            reader.Read(rows);
            double value = Step(reader, batchWeights.For(rows, reader.Y));
            if (!double.IsFinite(value) && !Array.Exists(callbacks, callback => callback.HandlesNonFiniteLoss))
            {
                throw Diverged($"epoch {epoch + 1}, batch {batch + 1} of {run.StepsPerEpoch}");
            }

            seen += rows.Length;
            sum += value * rows.Length;
            foreach (Metric metric in metrics) { metric.Update(reader.Y, training.Output, MetricWeights(training)); }
            foreach (Callback callback in callbacks) { callback.OnBatchEnd(run, epoch, batch, sum / seen); }
        }

        return sum / seen;
    }

    // Forward, loss, backward, update. A loss that is not finite changes no weight.
    private double Step(BatchReader reader, ReadOnlySpan<float> sampleWeights)
    {
        foreach (Weight weight in weights) { weight.ClearGradient(); }
        training.Forward(reader.X, training: true, key.Derive("step").Derive(steps++));
        double value = batchLoss.Compute(reader.Y, training.Output, training.OutputMask, sampleWeights, training.PrepareOutputGradient());
        value += training.ActivityPenalty + Penalties();
        if (!double.IsFinite(value)) { return value; }
        training.Backward();
        foreach (Weight weight in trainableWeights)
        {
            weight.Regularizer?.AddGradient(weight.Value.Span, weight.Value.Axes, weight.Gradient.Span);
        }

        Optimizer.Step();
        return value;
    }

    private Dictionary<string, double> Evaluate(BatchReader reader, int[] rows, BatchWeights? batchWeights, int batchSize)
    {
        NetworkPass pass = evaluation ??= network.CreatePass();
        foreach (Metric metric in metrics) { metric.Reset(); }
        double sum = 0;
        for (int first = 0; first < rows.Length; first += batchSize)
        {
            ReadOnlySpan<int> batch = rows.AsSpan(first, Math.Min(batchSize, rows.Length - first));
            reader.Read(batch);
            pass.Forward(reader.X, training: false, default);
            ReadOnlySpan<float> w = batchWeights is null ? default : batchWeights.For(batch, reader.Y);
            double value = evaluationLoss.Compute(reader.Y, pass.Output, pass.OutputMask, w, null);
            sum += (value + pass.ActivityPenalty) * batch.Length;
            foreach (Metric metric in metrics) { metric.Update(reader.Y, pass.Output, MetricWeights(pass)); }
        }

        var result = new Dictionary<string, double> { ["loss"] = (sum / rows.Length) + Penalties() };
        foreach (Metric metric in metrics) { result[metric.Name] = metric.Result; }
        return result;
    }

    private float[] maskWeights = [];

    // Metrics are not weighted by samples, as in Keras, but a masked step does not count.
    private ReadOnlySpan<float> MetricWeights(NetworkPass pass)
    {
        if (pass.OutputMask is not { } mask) { return default; }
        if (maskWeights.Length < mask.Span.Length) { maskWeights = new float[mask.Span.Length]; }
        for (int i = 0; i < mask.Span.Length; i++) { maskWeights[i] = mask.Span[i]; }
        return maskWeights.AsSpan(0, mask.Span.Length);
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

    private EngramException Diverged(string where) => new(
        $"Training diverged at {where}: {training.DescribeNonFinite()}. The weights are those before this batch. A lower learning rate, a clipped gradient (GlobalClipNorm = 1) or scaled inputs help.");

    private static int Split(ISampleSource source, FitOptions options, out int validationCount)
    {
        validationCount = 0;
        if (options.ValidationSplit > 0)
        {
            if (options.ValidationData is not null)
            {
                throw new EngramException("Both ValidationSplit and ValidationData are set; set one of them.");
            }

            // Keras: the training part ends at floor(n (1 - split)).
            validationCount = source.Count - (int)(source.Count * (1 - options.ValidationSplit));
        }

        return validationCount < source.Count
            ? source.Count - validationCount
            : throw new EngramException($"A validation split of {options.ValidationSplit} of {source.Count} samples leaves none to train on.");
    }
}
