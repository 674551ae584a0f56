namespace Engram.Training;

/// <summary>
/// -Σ α (1 - p)^γ y ln p with one probability for each class, scaled to a sum of 1 and clipped to [ε, 1 - ε] (Lin and others 2017,
/// "Focal loss for dense object detection").
/// </summary>
internal sealed class CategoricalFocalLoss(double alpha, double gamma, bool fromLogits, double smoothing) : RowLoss
{
    public override string Name => "categorical_focal_crossentropy";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        (double shift, double total) = Normalizer(p);
        double loss = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double q = Math.Clamp(Share(p[i], shift) / total, Epsilon, 1 - Epsilon);
            loss -= alpha * Math.Pow(1 - q, gamma) * Smooth(y[i], p.Length) * Math.Log(q);
        }

        return loss;
    }

    // With q = s / Σs: dL/ds_j = (g_j - Σ g q) / Σs, where g = dL/dq; and ds_j/dx_j = s_j for logits x.
    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        (double shift, double total) = Normalizer(p);
        double mean = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double q = Share(p[i], shift) / total;
            mean += Derivative(Smooth(y[i], p.Length), q) * q;
        }

        for (int i = 0; i < p.Length; i++)
        {
            double q = Share(p[i], shift) / total;
            double g = Derivative(Smooth(y[i], p.Length), q) - mean;
            dp[i] = (float)(weight * (fromLogits ? g * q : g / total));
        }
    }

    private double Derivative(double y, double q)
    {
        if (Probabilities.IsClipped(q)) { return 0; }
        double focus = gamma == 0 ? 0 : gamma * Math.Pow(1 - q, gamma - 1) * Math.Log(q);
        return alpha * y * (focus - (Math.Pow(1 - q, gamma) / q));
    }

    private (double Shift, double Total) Normalizer(ReadOnlySpan<float> p) =>
        fromLogits ? Softmax.Normalizer(p) : (0, Probabilities.Sum(p));

    private double Share(double p, double shift) => fromLogits ? Math.Exp(p - shift) : p;

    private double Smooth(double y, int classes) => (y * (1 - smoothing)) + (smoothing / classes);
}
