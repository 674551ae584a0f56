using Engram.Data;
using Engram.Forecasting;

namespace Engram.Classification;

/// <summary>How a <see cref="TextClassifier"/> is trained.</summary>
public sealed class TextClassifierOptions : ClassifierOptions
{
    /// <summary>The defaults.</summary>
    public TextClassifierOptions() : base(RecurrentKind.Lstm, networks: 6) { }

    /// <summary>
    /// What cuts texts into tokens. Null, the default: all words of the part that is learnt from, capitals made small, signs and the second parts of contractions by themselves.
    /// </summary>
    public Tokenizer? Tokenizer { get; init; }

    /// <summary>How many tokens of a text are read; what is behind them is not. Default 400.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 100000.</exception>
    public int MaxLength { get; init => field = Within(1, TextClassifier.MostLength, value, nameof(MaxLength)); } = 400;

    /// <summary>The length of the vector that is learnt for each word. Default 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 4096.</exception>
    public int VectorLength { get; init => field = Within(1, 4096, value, nameof(VectorLength)); } = 64;
}
