namespace Engram.Training;

/// <summary>
/// -Σ y ln p with one probability for each class, scaled to a sum of 1 and clipped to [ε, 1 - ε], or with the softmax of logits.
/// </summary>
internal sealed class CategoricalCrossentropyLoss(bool fromLogits, double smoothing) : RowLoss
{
    private readonly double keep = 1 - smoothing;

    public override string Name => "categorical_crossentropy";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        double loss = 0, share = smoothing / p.Length;
        if (fromLogits)
        {
            (double largest, double sum) = Softmax.Normalizer(p);
            double normalizer = largest + Math.Log(sum);
            for (int i = 0; i < p.Length; i++) { loss += ((y[i] * keep) + share) * (normalizer - p[i]); }
            return loss;
        }

        double total = Probabilities.Sum(p);
        for (int i = 0; i < p.Length; i++)
        {
            loss -= ((y[i] * keep) + share) * Math.Log(Math.Clamp(p[i] / total, Epsilon, 1 - Epsilon));
        }

        return loss;
    }

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        double share = smoothing / p.Length;
        if (fromLogits)
        {
            double labels = 0;
            for (int i = 0; i < y.Length; i++) { labels += (y[i] * keep) + share; }
            Softmax.Scaled(p, weight * labels, dp);
            for (int i = 0; i < dp.Length; i++) { dp[i] -= (float)(weight * ((y[i] * keep) + share)); }
            return;
        }

        // d ln(p_i / s) / dp_j = [i = j] / p_i - 1 / s
        double total = Probabilities.Sum(p), counted = 0;
        for (int i = 0; i < p.Length; i++)
        {
            if (!Probabilities.IsClipped(p[i] / total)) { counted += (y[i] * keep) + share; }
        }

        for (int i = 0; i < p.Length; i++)
        {
            double own = Probabilities.IsClipped(p[i] / total) ? 0 : ((y[i] * keep) + share) / p[i];
            dp[i] = (float)(weight * ((counted / total) - own));
        }
    }
}
