using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Benchmarks;

/// <summary>
/// The shapes of W1 to W4 with other cells and other options, one epoch each: <c>"W1 gru"</c>, <c>"W3 relu"</c> and so on. W1 has 250
/// sequences here. The options are to be held against <c>"W1 lstm"</c>, the cells by their shares of the limit.
/// </summary>
internal static class Variants
{
    private static readonly Variant[] Kinds =
    [
        new("lstm", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences }),
        new("gru", 3, (units, sequences) => new Gru(units) { ReturnSequences = sequences }),
        new("gru-before", 3, (units, sequences) => new Gru(units) { ReturnSequences = sequences, ResetAfter = false }),
        new("rnn", 1, (units, sequences) => new SimpleRnn(units) { ReturnSequences = sequences }),
        new("relu", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences, Activation = Activations.Relu }),
        new("hard", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences, RecurrentActivation = Activations.HardSigmoid }),
        new("mask", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences }) { Masked = true },
        new("ragged", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences }) { Masked = true, Ragged = true },
        new("state", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences, Stateful = true }),
        new("dropout", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences, Dropout = 0.2f }),
        new("recurrent-dropout", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences, RecurrentDropout = 0.2f }),
        new("backwards", 4, (units, sequences) => new Lstm(units) { ReturnSequences = sequences, GoBackwards = true }),
    ];

    /// <summary>All of them by name.</summary>
    public static IEnumerable<(string Name, Func<Work> Create)> All =>
        from kind in Kinds
        from work in new (string Name, Func<Work> Create)[]
        {
            ($"W1 {kind.Name}", () => Training("W1", kind, 250, 1000, 1, 64, 50)),
            ($"W2 {kind.Name}", () => Training("W2", kind, 1024, 60, 5, 32, 64, 64)),
            ($"W3 {kind.Name}", () => Training("W3", kind, 256, 100, 128, 64, 256)),
            ($"W4 {kind.Name}", () => Training("W4", kind, 100, 35, 650, 20, 650, 650)),
        }
        select work;

    private static Work Training(string shape, Variant kind, int samples, int timeSteps, int features, int batchSize, params int[] units)
    {
        // A state that is carried over wants batches of one size.
        if (kind.Name == "state") { samples -= samples % batchSize; }
        var key = new RandomKey(1);
        var x = new float[samples * timeSteps * features];
        key.FillUniform(x);
        var y = new float[samples];
        key.Derive(1).FillUniform(y);
        double steps = (double)samples * timeSteps;
        if (kind.Ragged) { steps = CutOff(x, samples, timeSteps, features); }

        var layers = new List<Layer> { new Input(timeSteps, features) };
        if (kind.Masked) { layers.Add(new Masking()); }
        double operations = 0;
        int inputs = features;
        for (int i = 0; i < units.Length; i++)
        {
            layers.Add(kind.Create(units[i], i < units.Length - 1));
            operations += 3 * steps * 2 * kind.Gates * units[i] * (inputs + units[i] + 1);
            inputs = units[i];
        }

        layers.Add(new Dense(1));
        var model = new Sequential([.. layers]) { Seed = 1 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        NumericArray data = NumericArray.Create(x, samples, timeSteps, features);
        var options = new FitOptions { BatchSize = batchSize };
        return new Work(
            $"{shape} {kind.Name}", $"train {samples} x {timeSteps} x {features}, {kind.Name} {string.Join(", ", units)}, batch {batchSize}",
            operations, () => model.Fit(data, y, options));
    }

    // Sequences of half the length up to the whole; zeros behind their ends. The number of steps that are left.
    private static double CutOff(float[] x, int samples, int timeSteps, int features)
    {
        double steps = 0;
        for (int sample = 0; sample < samples; sample++)
        {
            int length = (timeSteps / 2) + new RandomKey(2).Integer((ulong)sample, (timeSteps / 2) + 1);
            steps += length;
            x.AsSpan(((sample * timeSteps) + length) * features, (timeSteps - length) * features).Clear();
        }

        return steps;
    }

    /// <summary>A layer with its name, its number of gates, and what kind of data it gets.</summary>
    private sealed record Variant(string Name, int Gates, Func<int, bool, Recurrent> Create)
    {
        public bool Masked { get; init; }

        public bool Ragged { get; init; }
    }
}
