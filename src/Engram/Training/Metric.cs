namespace Engram.Training;

/// <summary>A figure that is watched while training: fed batch by batch, read at any time, reset at the start of each epoch.</summary>
public abstract class Metric
{
    /// <summary>The key in the history, as Keras names it, for example <c>mae</c> or <c>accuracy</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>Forgets what was seen.</summary>
    public abstract void Reset();

    /// <summary>Adds a batch.</summary>
    /// <param name="target">The right answers.</param>
    /// <param name="prediction">The model's output.</param>
    /// <param name="sampleWeights">One weight for each row, or for each row and time step (a mask counts as 0 and 1); empty for all ones.</param>
    public abstract void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights);

    /// <summary>The figure for all batches since the last reset.</summary>
    public abstract double Result { get; }
}
