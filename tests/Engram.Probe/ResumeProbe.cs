using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Probe;

/// <summary>A training that is meant to be killed and started again: a line for each batch, then what it came to.</summary>
internal static class ResumeProbe
{
    /// <param name="folder">Where its checkpoints are; empty for none.</param>
    /// <param name="stateful">Whether layers carry states from batch to batch.</param>
    public static void Run(string folder, bool stateful)
    {
        const int Samples = 60, TimeSteps = 5, Features = 3;
        var x = new float[Samples, TimeSteps, Features];
        var y = new float[Samples];
        for (int i = 0; i < x.Length; i++) { x[i / 15, i / 3 % 5, i % 3] = MathF.Sin(i * 1.7f); }
        for (int i = 0; i < Samples; i++) { y[i] = x[i, 4, 0] * x[i, 2, 1]; }

        var model = new Sequential(
            new Lstm(24) { Dropout = 0.2f, RecurrentDropout = 0.1f, ReturnSequences = true, Stateful = stateful }, new BatchNormalization(), new Gru(13) { Stateful = stateful },
            new Dropout(0.3f), new Dense(1))
        { Seed = 11 };
        model.Compile(new Adam(0.01) { UseEma = true }, Loss.MeanSquaredError, Metrics.MeanAbsoluteError());
        var stopping = new EarlyStopping { Patience = 6, RestoreBestWeights = true };
        Callback[] callbacks = [stopping, new ReduceLearningRateOnPlateau { Patience = 1, MinDelta = 0.01, Factor = 0.7 }, new Lines()];
        if (folder.Length > 0) { callbacks = [.. callbacks, new BackupAndRestore(folder) { EveryBatches = 1 }]; }
        History history = model.Fit(x, y, new FitOptions { Epochs = 10, BatchSize = 6, ValidationSplit = 0.2, Callbacks = callbacks });

        var digest = new Digest();
        foreach (string name in history.Names.Order(StringComparer.Ordinal))
        {
            foreach (double value in history[name]) { digest.Add(value); }
        }

        foreach (Weight weight in model.Weights) { digest.Add(weight.Value.Span); }
        Console.WriteLine($"done: {history.Epochs} epochs, the best {stopping.BestEpoch}, loss {history.Loss[^1]:R}, {digest}");
    }

    private sealed class Lines : Callback
    {
        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss) => Console.WriteLine($"{epoch} {batch}");
    }
}
