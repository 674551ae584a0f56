namespace Engram.Training;

/// <summary>What training minimises at one output of a model, and what is watched there.</summary>
public sealed class OutputLoss
{
    /// <summary>Gives an output a loss.</summary>
    /// <param name="output">The output's name: that of the layer that puts it out.</param>
    /// <param name="loss">What training minimises there.</param>
    public OutputLoss(string output, Loss loss)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(output);
        ArgumentNullException.ThrowIfNull(loss);
        Output = output;
        Loss = loss;
    }

    /// <summary>The output's name.</summary>
    public string Output { get; }

    /// <summary>What training minimises there.</summary>
    public Loss Loss { get; }

    /// <summary>
    /// What the loss is multiplied by in the sum of all outputs' losses. The history's <c>NAME_loss</c> is without it, as in Keras. Default 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Weight
    {
        get;
        init => field = double.IsFinite(value) && value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Weight), value, "Weight must be at least 0.");
    } = 1;

    /// <summary>Further figures to watch, each a metric of its own. Default none.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Figures that are weighted by class and sample weights as the loss is. Default none.</summary>
    public IReadOnlyList<Metric> WeightedMetrics { get; init; } = [];
}
