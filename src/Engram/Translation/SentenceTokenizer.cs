using Engram.Data;

namespace Engram.Translation;

/// <summary>
/// What a tokenizer does with one language of a translator. Byte pairs are given a space before the sentence, so that its first word is the token that it is elsewhere, and white space around a sentence is no part of it.
/// </summary>
internal sealed class SentenceTokenizer
{
    public SentenceTokenizer(Tokenizer tokenizer) => Tokenizer = tokenizer;

    public Tokenizer Tokenizer { get; }

    /// <summary>Whether there are sentences that it lacks a token for.</summary>
    public bool HasUnknown => Tokenizer is WordTokenizer;

    /// <summary>What its tokens are called where they are counted.</summary>
    public string Unit => Tokenizer is WordTokenizer ? "words" : "byte pairs";

    /// <summary>Learns the vocabulary of a language.</summary>
    /// <exception cref="EngramException">There is no word in the texts, the vocabulary cannot be that small, or a text has half a character.</exception>
    public static SentenceTokenizer Train(IReadOnlyList<string> texts, TranslationOptions options, bool tokenized)
    {
        if (options.Tokens == TranslationTokens.Words)
        {
            return new SentenceTokenizer(WordTokenizer.Train(texts, new WordTokenizerOptions
            {
                MinCount = options.MinCount,
                MaxTokens = options.MaxTokens ?? 30_000,
                Punctuation = tokenized ? WordPunctuation.Keep : WordPunctuation.Separate,
            }));
        }

        if (options.MaxTokens < BytePairTokenizer.FirstMerge)
        {
            throw new EngramException($"MaxTokens is {options.MaxTokens}; a vocabulary of byte pairs has at least {BytePairTokenizer.FirstMerge} tokens: the 256 bytes and the four that all tokenizers keep.");
        }

        if (texts.All(string.IsNullOrWhiteSpace)) { throw new EngramException("There is no word in the texts; a tokenizer needs at least one."); }
        return new SentenceTokenizer(BytePairTokenizer.Train(texts.Select(Spaced), options.MaxTokens ?? 8000));
    }

    /// <summary>Reads the vocabulary of a file.</summary>
    /// <exception cref="EngramException">It is damaged, or of a kind that no translator has.</exception>
    public static SentenceTokenizer Read(ReadOnlySpan<byte> json, string place) => Tokenizer.FromJson(json, place) switch
    {
        CharacterTokenizer => throw new EngramException($"{place}: is a vocabulary of characters; a translator has one of words or of byte pairs."),
        var known => new SentenceTokenizer(known),
    };

    /// <summary>The tokens of a sentence, without its end; none for white space.</summary>
    public int[] Encode(string sentence) => Tokenizer is WordTokenizer ? Tokenizer.Encode(sentence) : Tokenizer.Encode(Spaced(sentence));

    /// <summary>The text of tokens.</summary>
    public string Decode(List<int> tokens)
    {
        string text = Tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(tokens));
        return Tokenizer is BytePairTokenizer && text.StartsWith(' ') ? text[1..] : text;
    }

    /// <summary>The tokens of a sentence and its end as people read them: words as they stand there, unknown ones too.</summary>
    public string[] Pieces(string sentence, int[] tokens)
    {
        if (Tokenizer is not WordTokenizer { Options: var options }) { return [.. tokens.Select(token => Tokenizer.Vocabulary[token])]; }
        var words = new List<string>(tokens.Length);
        var splitter = new WordSplitter(options.Lowercase ? sentence.ToLowerInvariant() : sentence, options.Punctuation, options.SplitContractions);
        for (ReadOnlySpan<char> word = splitter.Next(); word.Length > 0; word = splitter.Next()) { words.Add(word.ToString()); }
        words.Add(Tokenizer.Special[Tokenizer.End]);
        return [.. words];
    }

    private static string Spaced(string sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        string trimmed = sentence.Trim();
        return trimmed.Length == 0 ? "" : $" {trimmed}";
    }
}
