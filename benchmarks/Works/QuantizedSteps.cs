using Engram.Data;
using Engram.Inference;
using Engram.Layers;
using Engram.Models;

namespace Engram.Benchmarks.Works;

/// <summary>The widest streaming work with the weights in fewer bits. What it costs in accuracy is printed while it is prepared.</summary>
internal static class QuantizedSteps
{
    private const int Depth = 3, Units = 480;

    public static IReadOnlyList<Work> All { get; } = [Steps("W5 bf16", WeightType.Bfloat16, 2), Steps("W5 int8", WeightType.Int8, 1)];

    private static Work Steps(string name, WeightType type, int bytesOfWeight)
    {
        double operations = Depth * Sequences.Operations(new Lstm(Units), Units);
        return new Work(name, $"a step of one sequence, {Depth} Lstm {Units}, {type}", operations, "step", () => Streaming.Run(Quantize(type).OpenSession(), Units))
        {
            WeightBytes = Streaming.Bytes(operations, bytesOfWeight),
        };
    }

    private static QuantizedModel Quantize(WeightType type)
    {
        Sequential model = Streaming.Stack(Depth, Units);
        var samples = new float[4 * 50 * Units];
        new RandomKey(2).FillUniform(samples);
        QuantizedModel quantized = model.Quantize(type, NumericArray.Create(samples, 4, 50, Units));
        QuantizationReport report = quantized.Report;
        Console.Error.WriteLine($"{type}: error {report.RelativeMeanError:P2} of the outputs' spread on average, {report.RelativeLargestError:P1} at most");
        return quantized;
    }
}
