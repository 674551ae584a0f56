using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Benchmarks;

/// <summary>An epoch of a bidirectional LSTM of 128 units over 512 x 100 x 64, batch 64.</summary>
internal static class BidirectionalWork
{
    private const int Samples = 512, TimeSteps = 100, Features = 64, Units = 128, BatchSize = 64;

    public static Work Create()
    {
        var key = new RandomKey(1);
        var x = new float[Samples * TimeSteps * Features];
        key.FillUniform(x);
        var y = new float[Samples];
        key.Derive(1).FillUniform(y);
        NumericArray samples = NumericArray.Create(x, Samples, TimeSteps, Features);
        var model = new Sequential(new Input(TimeSteps, Features), new Bidirectional(new Lstm(Units)), new Dense(1)) { Seed = 1 };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        var options = new FitOptions { BatchSize = BatchSize };

        // Two directions of 2 x 4H(F + H + 1) operations a row and step forward, twice that back.
        double operations = 3 * 2 * (2.0 * Samples * TimeSteps * 4 * Units * (Features + Units + 1));
        return new Work(
            "bidirectional", $"train {Samples} x {TimeSteps} x {Features}, bidirectional LSTM {Units}, batch {BatchSize}",
            operations, () => model.Fit(samples, y, options));
    }
}
