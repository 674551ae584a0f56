namespace Engram.Generation;

/// <summary>What a text is cut into.</summary>
public enum TextTokens
{
    /// <summary>Characters: the smallest vocabulary, every spelling possible. The usual choice for up to some megabytes of text.</summary>
    Characters,

    /// <summary>Byte pairs: frequent strings of bytes are one token, and every text can be written.</summary>
    BytePairs,

    /// <summary>Words and punctuation: the longest memory for a number of steps, but only words that the training text has.</summary>
    Words,
}
