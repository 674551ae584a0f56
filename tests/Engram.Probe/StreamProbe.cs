using System.Globalization;
using Engram.Data;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Probe;

/// <summary>Trains on more data than the process may have memory, which the parent process has limited.</summary>
internal static class StreamProbe
{
    private const int Samples = 4096, Steps = 2048, Features = 8;

    public static string Line()
    {
        long limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, data = (long)Samples * Steps * Features * sizeof(float);
        var series = new SequenceDataset(Samples, [Steps, Features], [1], (sample, x, y) =>
        {
            for (int i = 0; i < x.Length; i++) { x[i] = MathF.Sin((sample * 0.01f) + (i * 0.002f)); }
            if (!y.IsEmpty) { y[0] = MathF.Sin((sample * 0.01f) + (x.Length * 0.002f)); }
        });
        var model = new Sequential(new SimpleRnn(2), new Dense(1)) { Seed = 1 };
        model.Compile(new Adam(0.01), Loss.MeanSquaredError);
        History history = model.Fit(series, new FitOptions { BatchSize = 16 });
        return string.Create(CultureInfo.InvariantCulture, $"limit {limit} data {data} loss {history.Loss[0]:R}");
    }
}
