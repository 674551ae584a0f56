using Engram.Data;
using Engram.Forecasting;

namespace Engram.Classification;

/// <summary>How a <see cref="TextClassifier"/> is trained.</summary>
public sealed class TextClassifierOptions : ClassifierOptions
{
    /// <summary>The defaults.</summary>
    public TextClassifierOptions() : base(RecurrentKind.Lstm, networks: 4) { }

    /// <summary>
    /// What cuts texts into tokens. Null, the default: words of the part that is learnt from, capitals made small, signs and the second parts of contractions by themselves, those that
    /// occur twice or more, or all of them below a thousand texts.
    /// </summary>
    public Tokenizer? Tokenizer { get; init; }

    /// <summary>How many tokens of a text are read; what is behind them is not. Default 400.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 100000.</exception>
    public int MaxLength { get; init => field = Within(1, TextClassifier.MostLength, value, nameof(MaxLength)); } = 400;

    /// <summary>The length of the vector that is learnt for each word. Default 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 1 to 4096.</exception>
    public int VectorLength { get; init => field = Within(1, 4096, value, nameof(VectorLength)); } = 64;
}
