using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Probe;

/// <summary>Short trainings with dropout and shuffling: their losses, final weights and predictions.</summary>
internal static class TrainingProbe
{
    public static IEnumerable<string> Lines()
    {
        // The shapes of the benchmarks made small, then other cells and options.
        yield return Line("w1", 37, 40, 1, new Lstm(50));
        yield return Line("w2", 33, 12, 5, new Lstm(64) { ReturnSequences = true, Dropout = 0.2f }, new Dropout(0.1f), new Lstm(64) { RecurrentDropout = 0.3f });
        yield return Line("w3", 35, 7, 19, new Lstm(67) { RecurrentDropout = 0.1f, Dropout = 0.1f });
        yield return Line("w4", 20, 5, 130, new Lstm(130) { ReturnSequences = true }, new Lstm(130));
        yield return Line("wide", 37, 5, 7, new Lstm(264) { ReturnSequences = true, RecurrentDropout = 0.1f }, new Gru(300) { ResetAfter = false, RecurrentDropout = 0.1f });
        yield return Line("gru", 41, 9, 3, new Gru(17) { ReturnSequences = true }, new Gru(5) { ResetAfter = false, RecurrentDropout = 0.2f });
        yield return Line("rnn", 41, 9, 3, new SimpleRnn(19) { GoBackwards = true, Dropout = 0.2f });
        yield return Line("gates", 41, 9, 3, new Gru(18) { ReturnSequences = true, Activation = Activations.Relu }, new Gru(21) { ReturnSequences = true, ResetAfter = false, RecurrentActivation = Activations.HardSigmoid }, new SimpleRnn(35) { Activation = Activations.Relu });
        yield return Line("relu", 41, 9, 3, new Lstm(19) { Activation = Activations.Relu, RecurrentActivation = Activations.HardSigmoid });
    }

    private static string Line(string name, int samples, int timeSteps, int features, params Layer[] recurrent)
    {
        var key = new RandomKey(3).Derive(name);
        var values = new float[samples * timeSteps * features];
        key.FillUniform(values);
        var targets = new float[samples];
        key.Derive(1).FillUniform(targets);
        NumericArray x = NumericArray.Create(values, samples, timeSteps, features);
        var model = new Sequential([.. recurrent, new Dense(1)]) { Seed = 11 };
        model.Compile(new Adam { GlobalClipNorm = 1 }, Loss.MeanSquaredError);
        History history = model.Fit(x, targets, new FitOptions { Epochs = 2, BatchSize = 20, ValidationSplit = 0.1 });
        var digest = new Digest();
        foreach (double loss in history.Loss) { digest.Add(loss); }
        foreach (double loss in history.ValidationLoss) { digest.Add(loss); }
        foreach (Weight weight in model.Weights) { digest.Add(weight.Value.Span); }
        NumericArray prediction = model.Predict(x, batchSize: 9);
        digest.Add(prediction.Span);
        return $"{name} {history.Loss[^1]:R} {digest}";
    }
}
