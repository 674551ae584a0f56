using System.Text;

namespace Engram.Evaluation;

/// <summary>
/// How much of the right texts had to be changed to get what was recognised or written: the edit distances of all texts, divided by the length of all right texts. It exceeds 1 where more is wrong than
/// there is. Words are what stands between white space, characters are Unicode scalar values; capitals and punctuation count, so texts are made alike before where they should not.
/// <code>
/// double wer = ErrorRate.OfWords(hypotheses, references);
/// </code>
/// </summary>
public static class ErrorRate
{
    /// <summary>The word error rate (WER).</summary>
    /// <param name="hypotheses">The texts to judge.</param>
    /// <param name="references">The right texts, one for each.</param>
    /// <exception cref="EngramException">There is not one right text for each, or they have no words.</exception>
    public static double OfWords(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references) => Of(hypotheses, references, Words, "words");

    /// <summary>The character error rate (CER).</summary>
    /// <param name="hypotheses">The texts to judge.</param>
    /// <param name="references">The right texts, one for each.</param>
    /// <exception cref="EngramException">There is not one right text for each, or they have no characters.</exception>
    public static double OfCharacters(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references) => Of(hypotheses, references, Characters, "characters");

    /// <summary>How many words of a text are wrong: inserted, deleted or replaced.</summary>
    /// <param name="hypothesis">The text to judge.</param>
    /// <param name="reference">The right text.</param>
    public static int WordErrors(string hypothesis, string reference) => EditDistance.Between<string>(Words(reference), Words(hypothesis));

    /// <summary>How many characters of a text are wrong: inserted, deleted or replaced.</summary>
    /// <param name="hypothesis">The text to judge.</param>
    /// <param name="reference">The right text.</param>
    public static int CharacterErrors(string hypothesis, string reference) => EditDistance.Between<Rune>(Characters(reference), Characters(hypothesis));

    private static double Of<T>(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, Func<string, T[]> split, string what)
        where T : IEquatable<T>
    {
        TextPairs.Demand(hypotheses, references);
        long errors = 0, length = 0;
        for (int i = 0; i < references.Count; i++)
        {
            T[] reference = split(references[i]);
            errors += EditDistance.Between<T>(reference, split(hypotheses[i]));
            length += reference.Length;
        }

        return length > 0 ? (double)errors / length : throw new EngramException($"The {references.Count} right texts have no {what}; a rate of errors needs at least one.");
    }

    private static string[] Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    private static Rune[] Characters(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.EnumerateRunes()];
    }
}
