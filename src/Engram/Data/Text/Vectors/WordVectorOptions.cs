namespace Engram.Data;

/// <summary>Which vectors of a file are kept.</summary>
public sealed class WordVectorOptions
{
    /// <summary>How many vectors at most: the first, which in the usual files are those of the most frequent words. Null for all. Default null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int? MaxWords
    {
        get;
        init
        {
            if (value is { } limit) { ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1, nameof(MaxWords)); }
            field = value;
        }
    }

    /// <summary>
    /// The words whose vectors are kept, such as <see cref="Tokenizer.Vocabulary"/>, as they are and in small letters; so a file of millions takes little memory. Null for all. Default null.
    /// </summary>
    public IEnumerable<string>? Words { get; init; }
}
