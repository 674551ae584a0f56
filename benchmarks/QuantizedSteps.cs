using Engram.Data;
using Engram.Inference;
using Engram.Layers;
using Engram.Models;

namespace Engram.Benchmarks;

/// <summary>W5 at 3 x 480 with the weights in fewer bits; the description states the error against 32 bits.</summary>
internal static class QuantizedSteps
{
    private const int Depth = 3, Units = 480;

    /// <summary>The works by name.</summary>
    public static (string Name, Func<Work> Create)[] All { get; } =
    [
        ("W5 bf16", () => Create("W5 bf16", WeightType.Bfloat16)),
        ("W5 int8", () => Create("W5 int8", WeightType.Int8)),
    ];

    private static Work Create(string name, WeightType type)
    {
        const int Count = 1000;
        var layers = new List<Layer> { new Input(Shape.Unknown, Units) };
        for (int i = 0; i < Depth; i++) { layers.Add(new Lstm(Units) { ReturnSequences = true }); }
        var model = new Sequential([.. layers]) { Seed = 1 };
        var samples = new float[4 * 50 * Units];
        new RandomKey(2).FillUniform(samples);
        QuantizedModel quantized = model.Quantize(type, NumericArray.Create(samples, 4, 50, Units));
        LstmSession session = quantized.OpenSession();
        var x = new float[Units];
        new RandomKey(1).FillUniform(x);
        var y = new float[Units];
        string error = $"error {quantized.Report.RelativeMeanError:P2} of the outputs' spread on average, {quantized.Report.RelativeLargestError:P1} at most";
        return new Work(name, $"1000 steps of one sequence, {Depth} LSTM {Units}, {type}, {error}", 2.0 * Count * Depth * 4 * Units * ((2 * Units) + 1), () =>
        {
            for (int t = 0; t < Count; t++) { session.Step(x, y); }
        });
    }
}
