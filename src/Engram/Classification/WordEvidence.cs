using Engram.Data;
using Engram.Layers;
using Engram.Models;

namespace Engram.Classification;

/// <summary>
/// What single words say of a text's class, by counting (naive Bayes, in the form of Wang and Manning 2012, "Baselines and bigrams"): the mean over the words of
/// <code>
/// r(w, k) = ln p(w | k) - the mean over classes of ln p(w | j)
/// p(w | k) = (1 + texts of class k that have w) / (tokens + words in the texts of class k, each counted once a text)
/// </code>
/// Counting knows no order, but rare words teach it faster than they teach a network.
/// </summary>
internal static class WordEvidence
{
    /// <summary>A model without anything to train: tokens (batch, time) in, evidence (batch, classes) out.</summary>
    /// <param name="input">The model's input.</param>
    /// <param name="vocabulary">How many tokens there are.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="texts">The tokens of each text that is learnt from.</param>
    /// <param name="targets">The number of its class.</param>
    public static Model Create(Input input, int vocabulary, int classes, IEnumerable<float[]> texts, IEnumerable<int> targets)
    {
        var embedding = new Embedding(vocabulary, classes) { MaskZero = true, Trainable = false, Name = "words" };
        var model = new Model([input], [new GlobalAveragePooling1D().Apply(embedding.Apply(input))]) { Name = "evidence" };
        model.Build();
        Ratios(vocabulary, classes, texts, targets, embedding.Weights[0].Value.Span);
        return model;
    }

    private static void Ratios(int vocabulary, int classes, IEnumerable<float[]> texts, IEnumerable<int> targets, Span<float> ratios)
    {
        var counts = new double[vocabulary, classes];
        var totals = new double[classes];
        Array.Fill(totals, vocabulary);
        foreach ((float[] text, int target) in texts.Zip(targets))
        {
            foreach (float token in text.Distinct())
            {
                counts[(int)token, target]++;
                totals[target]++;
            }
        }

        var logarithms = new double[classes];
        for (int w = 0; w < vocabulary; w++)
        {
            for (int k = 0; k < classes; k++) { logarithms[k] = Math.Log((1 + counts[w, k]) / totals[k]); }
            double mean = logarithms.Average();
            for (int k = 0; k < classes; k++) { ratios[(w * classes) + k] = w is Tokenizer.Padding or Tokenizer.Unknown ? 0 : (float)(logarithms[k] - mean); }
        }
    }
}
