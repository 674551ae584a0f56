namespace Engram.Translation;

/// <summary>What a <see cref="Translator"/> cuts sentences into.</summary>
public enum TranslationTokens
{
    /// <summary>Words, in small letters; those that the vocabulary lacks are unknown. The usual choice for some ten thousand pairs.</summary>
    Words,

    /// <summary>
    /// Byte pairs: frequent words are one token, others several pieces, and nothing is unknown. For languages of many word forms or of long compounds, and where capitals and spaces are to come back.
    /// </summary>
    BytePairs,
}
