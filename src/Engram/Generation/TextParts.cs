using Engram.Data;

namespace Engram.Generation;

/// <summary>What training does with a text before there is a network.</summary>
internal static class TextParts
{
    /// <summary>The text and its held-out end, no character cut in two.</summary>
    public static (string Trained, string HeldOut) Split(string text, double heldOut)
    {
        if (string.IsNullOrWhiteSpace(text)) { throw new EngramException(text.Length == 0 ? "The text is empty; a generator learns from some thousand characters or more." : "The text is nothing but white space; a generator learns from some thousand characters or more."); }
        int at = (int)(text.Length * (1 - heldOut));
        if (at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at])) { at--; }
        return (text[..at], text[at..]);
    }

    /// <summary>The tokenizer of the training part.</summary>
    public static Tokenizer Learn(string trained, TextNetworkOptions options) => options.Tokens switch
    {
        TextTokens.Words => WordTokenizer.Train([trained], new WordTokenizerOptions { Lowercase = false, MaxTokens = options.VocabularySize ?? 10_000, MinCount = 1 }),
        TextTokens.BytePairs => BytePairTokenizer.Train([trained], options.VocabularySize ?? 1024),
        _ => CharacterTokenizer.Train([trained], options.VocabularySize),
    };

    /// <summary>What a text begins behind where nothing came before: a new line, or the end of a sentence.</summary>
    public static int[] Opening(Tokenizer tokenizer)
    {
        foreach (string text in (ReadOnlySpan<string>)["\n", "."])
        {
            if (tokenizer.Encode(text) is [int token] && token != Tokenizer.Unknown) { return [token]; }
        }

        return [Tokenizer.Start];
    }

    /// <summary>The number of characters: Unicode scalar values.</summary>
    public static int Characters(string text)
    {
        int count = text.Length;
        foreach (char c in text)
        {
            if (char.IsLowSurrogate(c)) { count--; }
        }

        return count;
    }

    /// <summary>-ln of a token's probability by the logits, in double precision.</summary>
    public static double CrossEntropy(ReadOnlySpan<float> logits, int token)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) { largest = Math.Max(largest, logit); }
        foreach (float logit in logits) { sum += Math.Exp(logit - largest); }
        return largest + Math.Log(sum) - logits[token];
    }
}
