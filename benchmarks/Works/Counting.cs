using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Benchmarks.Works;

/// <summary>
/// The whole training of the example <c>counting.cs</c>, a fresh model each time: 80 sequences of one step, LSTM 50 with relu, 300
/// epochs, batch 32, 20 further sequences for validation. There is next to nothing to compute, so this is the cost of a step's overhead.
/// </summary>
internal static class Counting
{
    // Per epoch 80 sequences forward and back and 20 forward.
    private const double Operations = 300 * ((3 * 80) + 20) * (2.0 * 4 * 50 * (1 + 50 + 1));

    public static IReadOnlyList<Work> All { get; } = [new Work("counting", "train counting.cs, 300 epochs", Operations, "training", Create)];

    private static Run Create()
    {
        var x = new float[100, 1, 1];
        var y = new float[100];
        for (int i = 0; i < 100; i++) { (x[i, 0, 0], y[i]) = (i, i + 1); }
        var options = new FitOptions { Epochs = 300, ValidationSplit = 0.2 };
        return new Run(_ =>
        {
            var model = new Sequential(new Input(1, 1), new Lstm(50) { Activation = Activations.Relu }, new Dense(1)) { Seed = 1 };
            model.Compile(new Adam(), Loss.MeanSquaredError);
            model.Fit(x, y, options);
        });
    }
}
