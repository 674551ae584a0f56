using Engram.Data;
using Engram.Inference;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Benchmarks;

/// <summary>A piece of work that is timed: its name, what it does, and how many useful operations that is.</summary>
internal sealed record Work(string Name, string Description, double Operations, Action Run)
{
    /// <summary>All works by name.</summary>
    public static IReadOnlyList<(string Name, Func<Work> Create)> All { get; } =
    [
        ("W1", () => Training("W1", 1000, 1000, 1, 64, 50)),
        ("W2", () => Training("W2", 1024, 60, 5, 32, 64, 64)),
        ("W3", () => Training("W3", 256, 100, 128, 64, 256)),
        ("W4", () => Training("W4", 100, 35, 650, 20, 650, 650)),
        ("W5a", () => Steps("W5a", 2, 128)),
        ("W5b", () => Steps("W5b", 3, 256)),
        ("W5c", () => Steps("W5c", 3, 480)),
        .. QuantizedSteps.All,
        ("W6", () => Prediction("W6", 64, 1000, 1, 50)),
    ];

    // One epoch with Adam and MSE. Useful work: a row and step of a layer costs 2 x 4H(F + H + 1) operations forward, twice that back.
    private static Work Training(string name, int samples, int timeSteps, int features, int batchSize, params int[] units)
    {
        (NumericArray x, float[] y, Sequential model) = Prepare(samples, timeSteps, features, units);
        model.Compile(new Adam(), Loss.MeanSquaredError);
        var options = new FitOptions { BatchSize = batchSize };
        return new Work(
            name, $"train {samples} x {timeSteps} x {features}, LSTM {string.Join(", ", units)}, batch {batchSize}",
            3 * Forward(samples, timeSteps, features, units), () => model.Fit(x, y, options));
    }

    private static Work Prediction(string name, int samples, int timeSteps, int features, params int[] units)
    {
        (NumericArray x, _, Sequential model) = Prepare(samples, timeSteps, features, units);
        return new Work(
            name, $"forward {samples} x {timeSteps} x {features}, LSTM {string.Join(", ", units)}",
            Forward(samples, timeSteps, features, units), () => model.Predict(x));
    }

    // A thousand steps of one sequence, the states kept.
    private static Work Steps(string name, int depth, int units)
    {
        const int Count = 1000;
        var layers = new List<Layer> { new Input(Shape.Unknown, units) };
        for (int i = 0; i < depth; i++) { layers.Add(new Lstm(units) { ReturnSequences = true }); }
        LstmSession session = new Sequential([.. layers]) { Seed = 1 }.OpenSession();
        var x = new float[units];
        new RandomKey(1).FillUniform(x);
        var y = new float[units];
        return new Work(name, $"1000 steps of one sequence, {depth} LSTM {units}", 2.0 * Count * depth * 4 * units * ((2 * units) + 1), () =>
        {
            for (int t = 0; t < Count; t++) { session.Step(x, y); }
        });
    }

    private static double Forward(int samples, int timeSteps, int features, int[] units)
    {
        double operations = 0;
        int inputs = features;
        foreach (int width in units)
        {
            operations += 2.0 * samples * timeSteps * 4 * width * (inputs + width + 1);
            inputs = width;
        }

        return operations;
    }

    private static (NumericArray X, float[] Y, Sequential Model) Prepare(int samples, int timeSteps, int features, int[] units)
    {
        var key = new RandomKey(1);
        var x = new float[samples * timeSteps * features];
        key.FillUniform(x);
        var y = new float[samples];
        key.Derive(1).FillUniform(y);
        var layers = new List<Layer> { new Input(timeSteps, features) };
        for (int i = 0; i < units.Length; i++) { layers.Add(new Lstm(units[i]) { ReturnSequences = i < units.Length - 1 }); }
        layers.Add(new Dense(1));
        return (NumericArray.Create(x, samples, timeSteps, features), y, new Sequential([.. layers]) { Seed = 1 });
    }
}
