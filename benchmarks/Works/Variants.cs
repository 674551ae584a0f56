using Engram.Layers;

namespace Engram.Benchmarks.Works;

/// <summary>
/// The shapes of W1 to W4 with other cells and other options: <c>"W1 gru"</c>, <c>"W3 relu"</c> and so on; <c>relu</c> means that of all
/// four. W1 has 250 sequences here. Options are to be held against the times of <c>"W1 lstm"</c>, cells by their shares of the limit.
/// </summary>
internal static class Variants
{
    private static readonly (string Name, Func<int, bool, Recurrent> Create)[] Kinds =
    [
        ("lstm", (units, sequences) => new Lstm(units) { ReturnSequences = sequences }),
        ("gru", (units, sequences) => new Gru(units) { ReturnSequences = sequences }),
        ("gru-before", (units, sequences) => new Gru(units) { ReturnSequences = sequences, ResetAfter = false }),
        ("rnn", (units, sequences) => new SimpleRnn(units) { ReturnSequences = sequences }),
        ("relu", (units, sequences) => new Lstm(units) { ReturnSequences = sequences, Activation = Activations.Relu }),
        ("hard", (units, sequences) => new Lstm(units) { ReturnSequences = sequences, RecurrentActivation = Activations.HardSigmoid }),
        ("mask", (units, sequences) => new Lstm(units) { ReturnSequences = sequences }),
        ("ragged", (units, sequences) => new Lstm(units) { ReturnSequences = sequences }),
        ("state", (units, sequences) => new Lstm(units) { ReturnSequences = sequences, Stateful = true }),
        ("given-state", (units, sequences) => new Lstm(units) { ReturnSequences = sequences }),
        ("dropout", (units, sequences) => new Lstm(units) { ReturnSequences = sequences, Dropout = 0.2f }),
        ("recurrent-dropout", (units, sequences) => new Lstm(units) { ReturnSequences = sequences, RecurrentDropout = 0.2f }),
        ("backwards", (units, sequences) => new Lstm(units) { ReturnSequences = sequences, GoBackwards = true }),
    ];

    public static IReadOnlyList<Work> All { get; } =
    [
        .. Kinds.Select(kind => Training("W1", Sequences.W1 with { Samples = 250 }, kind, 50)),
        .. Kinds.Select(kind => Training("W2", Sequences.W2, kind, 64, 64)),
        .. Kinds.Select(kind => Training("W3", Sequences.W3, kind, 256)),
        .. Kinds.Select(kind => Training("W4", Sequences.W4, kind, 650, 650)),
    ];

    private static Work Training(string shape, Sequences sequences, (string Name, Func<int, bool, Recurrent> Create) kind, params int[] units)
    {
        // A state that is carried over wants batches of one size.
        if (kind.Name == "state") { sequences = sequences with { Samples = sequences.Samples / sequences.BatchSize * sequences.BatchSize }; }
        if (kind.Name == "given-state") { sequences = sequences with { GivenStates = true }; }
        if (kind.Name == "ragged") { sequences = sequences with { Ragged = true }; }
        Layer[] Layers() =>
        [
            .. kind.Name is "mask" or "ragged" ? [new Masking()] : Array.Empty<Layer>(),
            .. units.Select((width, i) => kind.Create(width, i < units.Length - 1)),
        ];
        return sequences.Training($"{shape} {kind.Name}", Layers);
    }
}
