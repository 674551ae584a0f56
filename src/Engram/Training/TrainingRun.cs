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

    /// <summary>The weights that training changes, a part of <see cref="Weights"/>.</summary>
    public IReadOnlyList<Weight> TrainableWeights { get; internal init; } = [];

    /// <summary>The layers of the model, without those inside of others.</summary>
    public IReadOnlyList<Layer> Layers { get; internal init; } = [];

    /// <summary>The model; null where there is none, in tests of callbacks.</summary>
    internal INetwork? Network { get; init; }

    /// <summary>The metrics that are watched, by the names of their figures; callbacks ask them which way is better.</summary>
    public IReadOnlyDictionary<string, Metric> Figures { get; internal init; } = new Dictionary<string, Metric>();

    /// <summary>The metrics that are watched.</summary>
    public IReadOnlyList<Metric> Metrics
    {
        get => [.. Figures.Values];
        internal init => Figures = value.ToDictionary(metric => metric.Name);
    }

    /// <summary>After how many epochs the model is validated; 0 when it is not.</summary>
    public int ValidationFrequency { get; internal init; }

    /// <summary>Whether the model is validated after an epoch, counted from 0.</summary>
    public bool ValidatesAfter(int epoch) => ValidationFrequency > 0 && (epoch + 1) % ValidationFrequency == 0;

    /// <summary>The number of epochs asked for.</summary>
    public int Epochs { get; }

    /// <summary>The number of batches of an epoch; 0 while it is not known.</summary>
    public int StepsPerEpoch { get; internal set; }

    /// <summary>The loss of the last batch alone, with all penalties.</summary>
    public double BatchLoss { get; internal set; }

    /// <summary>Set to true to stop after the current batch or epoch.</summary>
    public bool StopTraining { get; set; }

    /// <summary>Tells the person who watches something: to the log of the fit, silent when it is.</summary>
    public void Message(string text) => message(text);
}
