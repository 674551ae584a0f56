using Engram.Data;

namespace Engram.Generation;

/// <summary>What a <see cref="TextGenerator"/> is made of. The defaults suit a text of about a million characters.</summary>
public sealed class TextNetworkOptions
{
    /// <summary>What the text is cut into. Default characters.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public TextTokens Tokens
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Tokens), value, "There is no such kind of tokens.");
    }

    /// <summary>
    /// The most tokens in the vocabulary, the four that all tokenizers keep included. Null, the default: all characters, 1,024 byte pairs or 10,000 words.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 8 or above 2^20.</exception>
    public int? VocabularySize
    {
        get;
        init => field = value is null or (>= 8 and <= Tokenizer.MostTokens)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(VocabularySize), value, $"The size of the vocabulary is from 8 to {Tokenizer.MostTokens}.");
    }

    /// <summary>The number of LSTM layers on top of each other. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Layers { get; init => field = AtLeastOne(value, nameof(Layers)); } = 2;

    /// <summary>The number of units of each layer. Default 384.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Units { get; init => field = AtLeastOne(value, nameof(Units)); } = 384;

    /// <summary>The length of the vector that stands for a token. Null, the default: 64 for characters, 128 for byte pairs and words.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int? EmbeddingSize { get; init => field = value is null ? null : AtLeastOne(value.Value, nameof(EmbeddingSize)); }

    /// <summary>The share of each layer's output that is dropped in training, from 0 to below 1. Default 0.2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside [0, 1).</exception>
    public float Dropout
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Dropout), value, "Dropout is a share from 0 to below 1.");
    } = 0.2f;

    /// <summary>The number from which everything random follows: first weights and dropout. Default 0.</summary>
    public long Seed { get; init; }

    internal int EmbeddingWidth => EmbeddingSize ?? (Tokens == TextTokens.Characters ? 64 : 128);

    internal static int AtLeastOne(int value, string option) => value >= 1 ? value : throw new ArgumentOutOfRangeException(option, value, $"{option} is at least 1.");
}
