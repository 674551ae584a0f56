using Engram.Layers;
using Engram.Training;

namespace Engram.Tests.Training;

/// <summary>A run without a model: one weight that is given the epoch's number before each epoch ends, figures that are given.</summary>
internal sealed class FakeRun
{
    public FakeRun(double learningRate = 0.01, int epochs = 100, int steps = 4, params Metric[] metrics)
    {
        Weight = new Weight("w", [3], true, null, null);
        Run = new TrainingRun([Weight], new Sgd(learningRate), epochs, steps, Messages.Add) { Metrics = metrics };
    }

    public Weight Weight { get; }

    public TrainingRun Run { get; }

    public List<string> Messages { get; } = [];

    /// <summary>
    /// Runs epochs with one figure, until a callback stops; calls <paramref name="afterEpoch"/> after each. Returns the last epoch's
    /// number.
    /// </summary>
    public int Train(Callback callback, string figure, IReadOnlyList<double> values, Action<int>? afterEpoch = null)
    {
        callback.OnTrainBegin(Run);
        int epoch = 0;
        for (; epoch < values.Count; epoch++)
        {
            callback.OnEpochBegin(Run, epoch);
            Weight.Value.Span.Fill(epoch);
            callback.OnEpochEnd(Run, epoch, new Dictionary<string, double> { ["loss"] = 1, [figure] = values[epoch] });
            afterEpoch?.Invoke(epoch);
            if (Run.StopTraining) { break; }
        }

        callback.OnTrainEnd(Run);
        return Math.Min(epoch, values.Count - 1);
    }
}
