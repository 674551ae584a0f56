using Engram.Forecasting;

namespace Engram.Classification;

/// <summary>How a classifier is trained. Everything has a default that suits most data.</summary>
public abstract class ClassifierOptions
{
    private protected ClassifierOptions(RecurrentKind cell, int networks) => (Cell, Networks) = (cell, networks);

    /// <summary>The kind of recurrent layer. Default LSTM for texts and GRU for sequences of numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the kinds.</exception>
    public RecurrentKind Cell
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Cell), value, "No such kind of layer.");
    }

    /// <summary>The units of the recurrent layer in each of its two directions. Default 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 4096.</exception>
    public int Units { get; init => field = Within(1, 4096, value, nameof(Units)); } = 64;

    /// <summary>How many networks are trained, which differ in their seed alone; the answer is drawn from the mean of their outputs. Default 6 for texts, 5 for sequences.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 100.</exception>
    public int Networks { get; init => field = Within(1, 100, value, nameof(Networks)); }

    /// <summary>How many times each network sees the training part; null, the default, for a number by the kind of data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 100000.</exception>
    public int? Epochs { get; init => field = value is { } epochs ? Within(1, 100_000, epochs, nameof(Epochs)) : null; }

    /// <summary>
    /// The share of the samples, of each class alike, that networks do not learn from: it says which epoch was best, how sure the answers may be, and how
    /// good they are. Default 0.1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 0.9.</exception>
    public double ValidationShare
    {
        get;
        init => field = value is > 0 and < 0.9 ? value : throw new ArgumentOutOfRangeException(nameof(ValidationShare), value, "The validation share lies between 0 and 0.9.");
    } = 0.1;

    /// <summary>The number from which everything random follows. The same seed gives the same bits on any number of cores. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public long Seed
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Seed), value, "The seed is at least 0.");
    }

    private protected static int Within(int least, int most, int value, string option) => value >= least && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(option, value, $"{option} is from {least} to {most}.");
}

/// <summary>How a <see cref="SequenceClassifier"/> is trained.</summary>
public sealed class SequenceClassifierOptions : ClassifierOptions
{
    /// <summary>The defaults.</summary>
    public SequenceClassifierOptions() : base(RecurrentKind.Gru, networks: 5) { }
}
