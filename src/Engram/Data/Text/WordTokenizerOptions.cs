namespace Engram.Data;

/// <summary>What a <see cref="WordTokenizer"/> makes of punctuation: of all that is neither letter, mark, digit nor white space.</summary>
public enum WordPunctuation
{
    /// <summary>Each sign is a token of its own.</summary>
    Separate,

    /// <summary>It is left out.</summary>
    Strip,

    /// <summary>It belongs to the word that it touches: tokens are what stands between white space. For texts that are cut into tokens already.</summary>
    Keep,
}

/// <summary>How a <see cref="WordTokenizer"/> cuts texts, and which words it keeps.</summary>
public sealed class WordTokenizerOptions
{
    /// <summary>Whether capital letters of all scripts become small ones. Default true.</summary>
    public bool Lowercase { get; init; } = true;

    /// <summary>What becomes of punctuation. Default <see cref="WordPunctuation.Separate"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such way.</exception>
    public WordPunctuation Punctuation
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Punctuation), value, "There is no such way.");
    }

    /// <summary>
    /// Whether English contractions are two tokens, as in the Penn Treebank: do n't, it 's, they 'll. Where punctuation is kept they stay as they are. Default false: don't is one word.
    /// </summary>
    public bool SplitContractions { get; init; }

    /// <summary>The size of the vocabulary at most, the four tokens that all tokenizers keep included: the most frequent words stay. Null for no limit. Default null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 5 or above 2^20.</exception>
    public int? MaxTokens
    {
        get;
        init
        {
            if (value is { } limit)
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(limit, Tokenizer.Reserved + 1, nameof(MaxTokens));
                ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, Tokenizer.MostTokens, nameof(MaxTokens));
            }

            field = value;
        }
    }

    /// <summary>How often a word must occur to be in the vocabulary. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int MinCount
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(MinCount));
            field = value;
        }
    } = 1;
}
