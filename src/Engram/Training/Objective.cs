using System.Numerics.Tensors;
using Engram.Data;

namespace Engram.Training;

/// <summary>The loss and the metrics at one output while they are computed batch by batch.</summary>
internal sealed class Objective
{
    private readonly OutputLoss options;
    private readonly int output;
    private readonly int target;
    private readonly BatchLoss training;
    private readonly BatchLoss evaluation;
    private readonly (string Name, Metric Metric, bool Weighted)[] metrics;
    private float[] maskWeights = [];
    private double sum;
    private long seen;

    /// <param name="options">Loss, weight and metrics.</param>
    /// <param name="output">The number of the output.</param>
    /// <param name="target">The number of its target.</param>
    /// <param name="prefix">What stands before the names of the figures: nothing for the only output of a model.</param>
    public Objective(OutputLoss options, int output, int target, string prefix)
    {
        this.options = options;
        this.output = output;
        this.target = target;
        training = new BatchLoss(options.Loss);
        evaluation = new BatchLoss(options.Loss);
        LossName = prefix.Length > 0 ? $"{prefix}loss" : null;
        metrics = [.. options.Metrics.Select(metric => ($"{prefix}{metric.Name}", metric, false)), .. options.WeightedMetrics.Select(metric => ($"{prefix}{metric.Name}", metric, true))];
    }

    /// <summary>The name of the loss's figure, or null where it is the only one.</summary>
    public string? LossName { get; }

    /// <summary>The metrics by the names of their figures.</summary>
    public IEnumerable<KeyValuePair<string, Metric>> Metrics => metrics.Select(entry => KeyValuePair.Create(entry.Name, entry.Metric));

    public void Reset()
    {
        (sum, seen) = (0, 0);
        foreach ((_, Metric metric, _) in metrics) { metric.Reset(); }
    }

    /// <summary>Keeps what was summed since <see cref="Reset"/>.</summary>
    public void SaveState(TrainingState state)
    {
        state.SetNumber("sum", sum);
        state.SetInteger("seen", seen);
        foreach ((string name, Metric metric, _) in metrics) { metric.SaveState(state.Under(name)); }
    }

    /// <summary>Takes it back.</summary>
    public void LoadState(TrainingState state)
    {
        sum = state.Number("sum") ?? throw state.Wrong("sum", "is missing");
        seen = state.Integer("seen", 0);
        foreach ((string name, Metric metric, _) in metrics) { metric.LoadState(state.Under(name)); }
    }

    /// <summary>The weighted loss of a batch; with <paramref name="withGradient"/> its gradient goes to the output.</summary>
    public double Compute(NetworkPass pass, FeedBatch batch, bool withGradient)
    {
        TensorBuffer? gradient = withGradient ? pass.PrepareOutputGradient(output) : null;
        double value = (withGradient ? training : evaluation).Compute(
            batch.Targets[target], pass.Output(output), pass.OutputMask(output), batch.Weights(target), gradient);
        sum += value * batch.Rows;
        seen += batch.Rows;
        if (options.Weight == 1) { return value; }
        if (gradient is not null) { TensorPrimitives.Multiply(gradient.Span, (float)options.Weight, gradient.Span); }
        return value * options.Weight;
    }

    /// <summary>Adds a batch to the metrics. They are weighted by samples only where asked for, as in Keras, but a masked step never counts.</summary>
    public void UpdateMetrics(NetworkPass pass, FeedBatch batch)
    {
        if (metrics.Length == 0) { return; }
        ReadOnlySpan<float> valid = MaskWeights(pass.OutputMask(output));
        foreach ((_, Metric metric, bool weighted) in metrics)
        {
            ReadOnlySpan<float> weights = weighted ? Join(batch.Weights(target), valid) : valid;
            metric.Update(batch.Targets[target], pass.Output(output), weights);
        }
    }

    public void Report(Dictionary<string, double> logs, string prefix)
    {
        if (LossName is { } name) { logs[prefix + name] = sum / seen; }
        foreach ((string metric, Metric figure, _) in metrics) { logs[prefix + metric] = figure.Result; }
    }

    private ReadOnlySpan<float> MaskWeights(Mask? mask)
    {
        if (mask is null) { return default; }
        int count = mask.Span.Length;
        Reserve(count);
        for (int i = 0; i < count; i++) { maskWeights[i] = mask.Span[i]; }
        return maskWeights.AsSpan(0, count);
    }

    // One weight for each step: the sample's, or the step's own, times whether it counts.
    private ReadOnlySpan<float> Join(ReadOnlySpan<float> samples, ReadOnlySpan<float> valid)
    {
        if (samples.IsEmpty) { return valid; }
        if (valid.IsEmpty) { return samples; }
        int steps = valid.Length / samples.Length;
        if (steps * samples.Length != valid.Length) { throw new EngramException($"{samples.Length} sample weights do not fit {valid.Length} time steps; give one for each sample, or one for each sample and time step."); }
        Reserve(2 * valid.Length);
        Span<float> joined = maskWeights.AsSpan(valid.Length, valid.Length);
        for (int i = 0; i < joined.Length; i++) { joined[i] = maskWeights[i] * samples[i / steps]; }
        return joined;
    }

    private void Reserve(int count)
    {
        if (maskWeights.Length < count) { Array.Resize(ref maskWeights, count); }
    }
}
