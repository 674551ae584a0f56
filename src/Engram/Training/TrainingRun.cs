using Engram.Layers;

namespace Engram.Training;

/// <summary>A training run as callbacks see it: what is trained, how far it is, and the switch that stops it.</summary>
public sealed class TrainingRun
{
    private readonly Action<string> message;

    internal TrainingRun(IReadOnlyList<Weight> weights, Optimizer optimizer, int epochs, int stepsPerEpoch, Action<string> message)
    {
        Weights = weights;
        Optimizer = optimizer;
        Epochs = epochs;
        StepsPerEpoch = stepsPerEpoch;
        this.message = message;
    }

    /// <summary>Every weight of the model.</summary>
    public IReadOnlyList<Weight> Weights { get; }

    /// <summary>The optimizer; its learning rate may be changed.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The metrics that are watched; callbacks ask them which way is better.</summary>
    public IReadOnlyList<Metric> Metrics { get; internal init; } = [];

    /// <summary>The number of epochs asked for.</summary>
    public int Epochs { get; }

    /// <summary>The number of batches of an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Set to true to stop after the current batch or epoch.</summary>
    public bool StopTraining { get; set; }

    /// <summary>Tells the person who watches something: to the log of the fit, silent when it is.</summary>
    public void Message(string text) => message(text);
}
