using Engram.Cells;
using Engram.Layers;

namespace Engram.Tests.Cells;

/// <summary>A batch split by rows and a layer split by units give the same bits, whichever its shapes ask for.</summary>
public class SplitTests
{
    public static TheoryData<string> Names => [.. Models.Keys];

    // The shapes of the benchmarks made small, then other cells and options; from 257 units on an LSTM's shapes ask for units.
    private static Dictionary<string, (int Samples, int TimeSteps, int Features, Func<Layer[]> Layers)> Models { get; } = new()
    {
        ["w1"] = (37, 60, 1, () => [new Lstm(50)]),
        ["w2"] = (33, 12, 5, () => [new Lstm(64) { ReturnSequences = true, Dropout = 0.2f }, new Dropout(0.1f), new Lstm(64)]),
        ["w3"] = (40, 7, 128, () => [new Lstm(67)]),
        ["w4"] = (37, 20, 65, () => [new Lstm(260) { ReturnSequences = true }, new Dropout(0.1f), new Lstm(260)]),
        ["few steps, wide"] = (45, 3, 5, () => [new Lstm(258) { ReturnSequences = true }, new Lstm(261)]),
        ["both dropouts"] = (37, 9, 5, () => [new Lstm(30) { ReturnSequences = true }, new Lstm(31) { Dropout = 0.1f, RecurrentDropout = 0.1f }]),
        ["both dropouts, wide"] = (37, 9, 5, () => [new Lstm(20) { ReturnSequences = true }, new Lstm(259) { Dropout = 0.1f, RecurrentDropout = 0.1f }]),
        ["gru"] = (37, 9, 5, () => [new Gru(30) { ReturnSequences = true }, new Gru(31) { ResetAfter = false, RecurrentDropout = 0.1f }]),
        ["simple"] = (37, 9, 5, () => [new SimpleRnn(30) { GoBackwards = true }]),
        ["simple, wide"] = (37, 9, 5, () => [new SimpleRnn(520) { GoBackwards = true }]),
        ["masks"] = (45, 21, 5, () => [new Masking(0), new Lstm(30) { ReturnSequences = true }, new Lstm(31) { GoBackwards = true, ZeroOutputForMask = true }]),
        ["masks, wide"] = (45, 21, 5, () => [new Masking(0), new Lstm(262)]),
        ["bidirectional"] = (37, 9, 5, () => [new Bidirectional(new Lstm(30) { ReturnSequences = true }), new Bidirectional(new Lstm(258))]),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_or_units_losses_weights_and_predictions_keep_every_bit(string name)
    {
        var asked = Run(name, null);
        ShortTraining.AssertSame(asked, Run(name, Split.Rows));
        ShortTraining.AssertSame(asked, Run(name, Split.Units));
        ShortTraining.AssertSame(asked, Run(name, Split.Rows, recompute: true));
        ShortTraining.AssertSame(asked, Run(name, Split.Units, recompute: true));
    }

    // W1 to W4 made small, with initial states as inputs; their gradients and those of the last states go through both layers.
    [Theory]
    [InlineData(37, 60, 1, 50, 1)]
    [InlineData(33, 12, 5, 64, 2)]
    [InlineData(40, 7, 128, 67, 1)]
    [InlineData(37, 20, 65, 260, 2)]
    public void Given_states_keep_every_bit_too(int samples, int timeSteps, int features, int units, int layers)
    {
        Recurrent[] Create() => [.. Enumerable.Range(1, layers).Select(k => new Lstm(units) { ReturnSequences = k < layers, ReturnState = true })];
        var asked = ShortTraining.RunWithStates(Create, samples, timeSteps, features);
        foreach (Split split in new[] { Split.Rows, Split.Units })
        {
            foreach (bool recompute in new[] { false, true })
            {
                SequencePass.ForcedSplit = split;
                try { ShortTraining.AssertSame(asked, ShortTraining.RunWithStates(Create, samples, timeSteps, features, recompute)); }
                finally { SequencePass.ForcedSplit = null; }
            }
        }
    }

    private static (float[] Losses, float[] Weights, float[] Predictions) Run(string name, Split? split, bool recompute = false)
    {
        var (samples, timeSteps, features, layers) = Models[name];
        SequencePass.ForcedSplit = split;
        try { return ShortTraining.Run(layers, samples, timeSteps, features, recompute); }
        finally { SequencePass.ForcedSplit = null; }
    }
}
