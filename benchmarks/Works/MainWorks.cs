using Engram.Layers;

namespace Engram.Benchmarks.Works;

/// <summary>The works that every engine for LSTM networks can do, and is measured on here.</summary>
internal static class MainWorks
{
    public static IReadOnlyList<Work> All { get; } =
    [
        Sequences.W1.Training("W1", () => [new Lstm(50)]),
        Sequences.W2.Training("W2", () => [new Lstm(64) { ReturnSequences = true }, new Lstm(64)]),
        Sequences.W3.Training("W3", () => [new Lstm(256)]),
        Sequences.W4.Training("W4", () => [new Lstm(650) { ReturnSequences = true }, new Lstm(650)]),
        Streaming.Steps("W5a", 2, 128),
        Streaming.Steps("W5b", 3, 256),
        Streaming.Steps("W5c", 3, 480),
        new Sequences(64, 1000, 1, 64).Prediction("W6", () => [new Lstm(50)]),
    ];
}
