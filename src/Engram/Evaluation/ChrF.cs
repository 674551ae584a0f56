using System.Runtime.InteropServices;
using System.Text;

namespace Engram.Evaluation;

/// <summary>
/// chrF of a whole set of translations (Popović 2015): how many runs of 1 to 6 characters a translation and the right text have in common, white space left out. Equal to sacrebleu's corpus score chrF2.
/// <code>
/// chrF = 100 · (1 + β²) P R / (β² P + R)     β = 2
/// P, R: the means over the lengths of precision (of the translations' runs) and recall (of the right texts' runs)
/// </code>
/// </summary>
public static class ChrF
{
    private const int Orders = 6;
    private const double Beta = 2;

    /// <summary>Computes the score, from 0 to 100.</summary>
    /// <param name="hypotheses">The translations.</param>
    /// <param name="references">A right text for each.</param>
    /// <exception cref="EngramException">There is not one right text for each translation.</exception>
    public static double Of(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references)
    {
        TextPairs.Demand(hypotheses, references);
        long[] said = new long[Orders], there = new long[Orders], common = new long[Orders];
        for (int i = 0; i < hypotheses.Count; i++)
        {
            string[] hypothesis = Characters(hypotheses[i]), reference = Characters(references[i]);
            for (int n = 1; n <= Orders; n++)
            {
                int runs = Math.Max(0, reference.Length - n + 1);
                there[n - 1] += runs;
                if (runs == 0) { continue; } // as in sacrebleu, where the right text is too short nothing counts as said
                said[n - 1] += Math.Max(0, hypothesis.Length - n + 1);
                common[n - 1] += Matches(hypothesis, reference, n);
            }
        }

        double precision = 0, recall = 0;
        int orders = 0;
        for (int n = 0; n < Orders; n++)
        {
            if (said[n] == 0 || there[n] == 0) { continue; }
            precision += (double)common[n] / said[n];
            recall += (double)common[n] / there[n];
            orders++;
        }

        if (precision + recall == 0) { return 0; }
        (precision, recall) = (precision / orders, recall / orders);
        return 100 * (1 + (Beta * Beta)) * precision * recall / ((Beta * Beta * precision) + recall);
    }

    private static int Matches(string[] hypothesis, string[] reference, int n)
    {
        var left = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + n <= reference.Length; i++) { CollectionsMarshal.GetValueRefOrAddDefault(left, string.Concat(reference.AsSpan(i, n)), out _)++; }
        int matches = 0;
        for (int i = 0; i + n <= hypothesis.Length; i++)
        {
            string run = string.Concat(hypothesis.AsSpan(i, n));
            if (left.GetValueOrDefault(run) == 0) { continue; }
            left[run]--;
            matches++;
        }

        return matches;
    }

    private static string[] Characters(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune)).Select(rune => rune.ToString())];
    }
}
