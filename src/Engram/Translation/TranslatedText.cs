namespace Engram.Translation;

/// <summary>A sentence and what became of it.</summary>
public sealed class TranslatedText
{
    internal TranslatedText(string source, string text) => (Source, Text) = (source, text);

    /// <summary>The sentence.</summary>
    public string Source { get; }

    /// <summary>The translation.</summary>
    public string Text { get; }

    /// <summary>The words of the sentence as the model sees them, with [END] behind them; none for an empty sentence. With byte pairs its pieces, a space before those that begin a word.</summary>
    public IReadOnlyList<string> SourceWords { get; internal init; } = [];

    /// <summary>The words, or pieces, of the translation, with [END] behind them unless it was cut off.</summary>
    public IReadOnlyList<string> Words { get; internal init; } = [];

    /// <summary>How much each word of the translation (rows) rests on each word of the sentence (columns): (words, sourceWords), each row adding up to 1.</summary>
    public double[,] Attention { get; internal init; } = new double[0, 0];

    /// <summary>The words of the sentence that the vocabulary lacks.</summary>
    public IReadOnlyList<string> UnknownWords { get; internal init; } = [];

    /// <summary>The logarithm of the probability that the model gives the translation, in nats.</summary>
    public double LogProbability { get; internal init; }

    /// <summary>The score by which it was chosen; see <see cref="DecodingOptions"/>.</summary>
    public double Score { get; internal init; }

    /// <summary>The translation.</summary>
    public override string ToString() => Text;
}
