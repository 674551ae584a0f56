using System.Buffers;
using System.Globalization;

namespace Engram.Inspection;

/// <summary>
/// Properties of the steps of a text that units may have learnt, for <see cref="UnitCorrelation"/>: a number for each token. Tokens are words or
/// characters (then every token is one character, spaces among them).
/// </summary>
public static class StepProperties
{
    private const string QuotationMarks = "\"\u201C\u201D\u201E\u00AB\u00BB";
    private const string ClauseEnds = ".,;:!?";
    private static readonly SearchValues<char> AnyClauseEnd = SearchValues.Create(ClauseEnds);

    /// <summary>What turns a statement into its opposite, in English; what ends in n't does too.</summary>
    public static IReadOnlyList<string> EnglishNegations { get; } =
        ["not", "no", "never", "nothing", "nobody", "none", "neither", "nor", "nowhere", "without", "cannot", "hardly", "barely", "n't"];

    /// <summary>The position of each step: 0, 1, 2, ...</summary>
    /// <param name="steps">The number of steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static double[] Position(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return [.. Enumerable.Range(0, steps).Select(t => (double)t)];
    }

    /// <summary>
    /// 1 for each token that stands in quotation marks, at least with a character, else 0. Every mark (", “, ”, „, « or ») opens a quotation
    /// or closes the one that is open, and is itself outside.
    /// </summary>
    /// <param name="tokens">The text, token by token.</param>
    public static double[] InsideQuotes(IReadOnlyList<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        bool open = false;
        var inside = new double[tokens.Count];
        for (int t = 0; t < inside.Length; t++)
        {
            foreach (char c in tokens[t])
            {
                if (QuotationMarks.Contains(c, StringComparison.Ordinal)) { open = !open; }
                else if (open) { inside[t] = 1; }
            }
        }

        return inside;
    }

    /// <summary>
    /// 1 for each token between a negation and the end of its clause (one of . , ; : ! ? or the word but), else 0; the negation itself is 0.
    /// </summary>
    /// <param name="tokens">The text, token by token.</param>
    /// <param name="negations">The words that negate, in small letters; one that begins with n' counts as an ending too. Null for <see cref="EnglishNegations"/>.</param>
    public static double[] AfterNegation(IReadOnlyList<string> tokens, IReadOnlyList<string>? negations = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        negations ??= EnglishNegations;
        var after = new double[tokens.Count];
        bool negated = false;
        foreach ((int first, int count) in Words(tokens))
        {
            string word = string.Concat(tokens.Skip(first).Take(count)).ToLower(CultureInfo.InvariantCulture).Replace('\u2019', '\'');
            string letters = word.Trim().Trim([.. ClauseEnds, .. QuotationMarks]);
            if (letters == "but") { negated = false; }
            bool negates = negations.Any(negation => letters == negation || (negation.StartsWith("n'", StringComparison.Ordinal) && letters.EndsWith(negation, StringComparison.Ordinal)));
            if (negated && !negates && letters.Length > 0) { after.AsSpan(first, count).Fill(1); }
            negated |= negates;
            if (word.AsSpan().ContainsAny(AnyClauseEnd)) { negated = false; }
        }

        return after;
    }

    // Which tokens make up each word: one each, or of single characters those between spaces.
    private static IEnumerable<(int First, int Count)> Words(IReadOnlyList<string> tokens)
    {
        bool characters = tokens.Count > 1 && tokens.All(token => new StringInfo(token).LengthInTextElements <= 1) && tokens.Any(string.IsNullOrWhiteSpace);
        for (int first = 0; first < tokens.Count;)
        {
            int end = first + 1;
            if (characters && !string.IsNullOrWhiteSpace(tokens[first]))
            {
                while (end < tokens.Count && !string.IsNullOrWhiteSpace(tokens[end])) { end++; }
            }

            yield return (first, end - first);
            first = end;
        }
    }
}
