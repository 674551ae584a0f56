using Engram.Inference;
using Engram.Layers;
using Engram.Models;

namespace Engram.Benchmarks.Works;

/// <summary>One sequence, step by step, the states kept.</summary>
internal static class Streaming
{
    /// <summary>A step through LSTM layers of one width, the input as wide as they are.</summary>
    public static Work Steps(string name, int depth, int units)
    {
        double operations = depth * Sequences.Operations(new Lstm(units), units);
        return new Work(name, $"a step of one sequence, {depth} Lstm {units}", operations, "step", () => Run(Stack(depth, units).OpenSession(), units))
        {
            WeightBytes = Bytes(operations, sizeof(float)),
        };
    }

    /// <summary>The weights of a step, each of which is multiplied and added once.</summary>
    public static long Bytes(double operations, int bytesOfWeight) => (long)operations / 2 * bytesOfWeight;

    /// <summary>A thousand steps of a session.</summary>
    public static Run Run(LstmSession session, int units)
    {
        const int Count = 1000;
        var x = new float[units];
        new RandomKey(1).FillUniform(x);
        var y = new float[units];
        return new Run(
            afterStep =>
            {
                for (int t = 0; t < Count; t++)
                {
                    session.Step(x, y);
                    afterStep?.Invoke();
                }
            },
            Count);
    }

    /// <summary>LSTM layers on top of each other that put out every step.</summary>
    public static Sequential Stack(int depth, int units)
    {
        var layers = new List<Layer> { new Input(Shape.Unknown, units) };
        for (int i = 0; i < depth; i++) { layers.Add(new Lstm(units) { ReturnSequences = true }); }
        return new Sequential([.. layers]) { Seed = 1 };
    }
}
