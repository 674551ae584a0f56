using System.Text.Json.Nodes;

namespace Engram.Training;

/// <summary>
/// A figure that is watched while training: fed batch by batch, read at any time, reset at the start of each epoch. The ready ones are
/// made by <see cref="Metrics"/>; one of one's own derives from <see cref="RowMetric"/>, or from this class.
/// </summary>
public abstract class Metric
{
    /// <summary>The key in the history, as Keras names it, for example <c>mean_absolute_error</c> or <c>accuracy</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>The name of Keras' class, and the options under the names that Keras gives them; empty for one of one's own.</summary>
    internal (string ClassName, IReadOnlyList<(string Name, JsonNode? Value)> Options) Kind { get; init; } = ("", []);

    /// <summary>Whether training should raise the figure (true) or lower it (false); null where nobody can say.</summary>
    public virtual bool? HigherIsBetter => null;

    /// <summary>Forgets what was seen.</summary>
    public abstract void Reset();

    /// <summary>Adds a batch.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="sampleWeights">One weight for each row, or for each row and time step (a mask counts as 0 and 1); empty for all
    /// ones.</param>
    /// <exception cref="EngramException">The shapes do not fit each other, or a number is not what the metric takes.</exception>
    public abstract void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights);

    /// <summary>The figure for all batches since the last reset.</summary>
    public abstract double Result { get; }

    /// <summary>
    /// Keeps what was seen since the last reset, for a checkpoint within an epoch. A metric of one's own that does not derive from
    /// <see cref="MeanMetric"/> overrides this and <see cref="LoadState"/>; until it does, checkpoints can be written between epochs only.
    /// </summary>
    /// <param name="state">Where it goes.</param>
    /// <exception cref="EngramException">The metric does not say what it has seen.</exception>
    public virtual void SaveState(TrainingState state) => throw new EngramException(
        $"{Name}: the metric does not say what it has seen, which a checkpoint within an epoch needs; override SaveState and LoadState, or write checkpoints after epochs.");

    /// <summary>Takes back what <see cref="SaveState"/> kept.</summary>
    /// <param name="state">Where it is.</param>
    /// <exception cref="EngramException">It is not what this metric keeps.</exception>
    public virtual void LoadState(TrainingState state) => throw new EngramException($"{Name}: the metric does not take back what it has seen; override LoadState.");
}
