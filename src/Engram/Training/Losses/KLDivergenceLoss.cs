namespace Engram.Training;

/// <summary>Σ y ln(y / p) of distributions clipped to [ε, 1] (Kullback and Leibler 1951).</summary>
internal sealed class KLDivergenceLoss : RowLoss
{
    public override string Name => "kl_divergence";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        double sum = 0;
        for (int i = 0; i < p.Length; i++) { sum += Clip(y[i]) * Math.Log(Clip(y[i]) / Clip(p[i])); }
        return sum;
    }

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        for (int i = 0; i < dp.Length; i++) { dp[i] = p[i] < Epsilon || p[i] > 1 ? 0 : (float)(-weight * Clip(y[i]) / p[i]); }
    }

    private static double Clip(double p) => Math.Clamp(p, Epsilon, 1);
}
