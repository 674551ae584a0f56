using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Benchmarks;

/// <summary>
/// The whole training of the example <c>counting.cs</c>, a fresh model each time: 80 sequences of one step, LSTM 50 with relu, 300
/// epochs, batch 32, 20 further sequences for validation. There is next to nothing to compute, so this is the cost of a step's overhead.
/// </summary>
internal static class Counting
{
    public static Work Create()
    {
        var x = new float[100, 1, 1];
        var y = new float[100];
        for (int i = 0; i < 100; i++) { (x[i, 0, 0], y[i]) = (i, i + 1); }
        var options = new FitOptions { Epochs = 300, ValidationSplit = 0.2 };
        const double StepsTrained = 300 * 80 * 3, StepsValidated = 300 * 20;
        return new Work("counting", "train counting.cs, 300 epochs", (StepsTrained + StepsValidated) * 2 * 4 * 50 * (1 + 50 + 1), () =>
        {
            var model = new Sequential(new Input(1, 1), new Lstm(50) { Activation = Activations.Relu }, new Dense(1)) { Seed = 1 };
            model.Compile(new Adam(), Loss.MeanSquaredError);
            model.Fit(x, y, options);
        });
    }
}
