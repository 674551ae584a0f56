using System.Runtime.InteropServices;

namespace Engram.Evaluation;

/// <summary>
/// BLEU of a whole set of translations (Papineni et al. 2002), equal to sacrebleu's corpus score (Post 2018):
/// <code>
/// BLEU = 100 · BP · exp(Σₙ ln pₙ / 4)       n = 1 to 4
/// pₙ: the share of the translations' n-grams that are in the right text, each at most as often as there
/// BP = min(1, exp(1 - r / c))               r, c: the words of the right texts and of the translations
/// </code>
/// Only scores of the same tokenization compare; say it with the score.
/// <code>
/// Bleu bleu = Bleu.Of(translations, references, new BleuOptions { Tokenization = BleuTokenization.None });
/// Console.WriteLine($"BLEU {bleu.Score:F1}");
/// </code>
/// </summary>
public sealed class Bleu
{
    private const int Orders = 4;

    private Bleu(long[] right, long[] total, long hypothesisLength, long referenceLength, BleuSmoothing smoothing)
    {
        (HypothesisLength, ReferenceLength) = (hypothesisLength, referenceLength);
        BrevityPenalty = hypothesisLength >= referenceLength ? 1 : hypothesisLength == 0 ? 0 : Math.Exp(1 - ((double)referenceLength / hypothesisLength));
        var precisions = new double[Orders];
        Precisions = precisions;
        if (right.All(count => count == 0)) { return; }
        double halved = 1, logarithms = 0;
        for (int n = 0; n < Orders && total[n] > 0; n++)
        {
            if (right[n] > 0) { precisions[n] = 100.0 * right[n] / total[n]; }
            else if (smoothing == BleuSmoothing.Exponential) { precisions[n] = 100 / ((halved *= 2) * total[n]); }
        }

        foreach (double precision in precisions) { logarithms += Math.Log(precision); }
        Score = BrevityPenalty * Math.Exp(logarithms / Orders); // ln 0 = -∞, and so 0
    }

    /// <summary>The score, from 0 to 100.</summary>
    public double Score { get; }

    /// <summary>The precisions of words, pairs, triples and fours, from 0 to 100.</summary>
    public IReadOnlyList<double> Precisions { get; }

    /// <summary>What translations that are too short lose, as a factor from 0 to 1.</summary>
    public double BrevityPenalty { get; }

    /// <summary>How many words the translations have.</summary>
    public long HypothesisLength { get; }

    /// <summary>How many words the right texts have.</summary>
    public long ReferenceLength { get; }

    /// <summary>Computes the score.</summary>
    /// <param name="hypotheses">The translations.</param>
    /// <param name="references">A right text for each.</param>
    /// <param name="options">How; null for sacrebleu's defaults.</param>
    /// <exception cref="EngramException">There is not one right text for each translation.</exception>
    public static Bleu Of(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, BleuOptions? options = null)
    {
        TextPairs.Demand(hypotheses, references);
        options ??= new BleuOptions();
        long[] right = new long[Orders], total = new long[Orders];
        long hypothesisLength = 0, referenceLength = 0;
        for (int i = 0; i < hypotheses.Count; i++)
        {
            string[] hypothesis = Words(hypotheses[i], options), reference = Words(references[i], options);
            hypothesisLength += hypothesis.Length;
            referenceLength += reference.Length;
            for (int n = 1; n <= Orders && n <= hypothesis.Length; n++)
            {
                right[n - 1] += Matches(hypothesis, reference, n);
                total[n - 1] += hypothesis.Length - n + 1;
            }
        }

        return new Bleu(right, total, hypothesisLength, referenceLength, options.Smoothing);
    }

    // How many n-grams of the one are in the other, each at most as often as there.
    private static int Matches(string[] hypothesis, string[] reference, int n)
    {
        var left = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + n <= reference.Length; i++) { CollectionsMarshal.GetValueRefOrAddDefault(left, string.Join(' ', reference.AsSpan(i, n)), out _)++; }
        int matches = 0;
        for (int i = 0; i + n <= hypothesis.Length; i++)
        {
            ref int count = ref CollectionsMarshal.GetValueRefOrNullRef(left, string.Join(' ', hypothesis.AsSpan(i, n)));
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref count) || count == 0) { continue; }
            count--;
            matches++;
        }

        return matches;
    }

    private static string[] Words(string text, BleuOptions options)
    {
        ArgumentNullException.ThrowIfNull(text);
        string simple = options.Lowercase ? text.ToLowerInvariant() : text;
        return (options.Tokenization == BleuTokenization.None ? simple : Mteval13a.Separate(simple)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }
}
