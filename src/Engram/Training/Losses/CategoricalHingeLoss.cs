namespace Engram.Training;

/// <summary>max(max (1 - y) p - Σ y p + 1, 0): the strongest wrong class against the right one.</summary>
internal sealed class CategoricalHingeLoss : RowLoss
{
    public override string Name => "categorical_hinge";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p) => Math.Max(Margin(y, p, out _), 0);

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        double margin = Margin(y, p, out int rival);
        double scale = margin < 0 ? 0 : margin >= 0 ? weight : margin;
        for (int i = 0; i < dp.Length; i++) { dp[i] = (float)(-scale * y[i]); }
        dp[rival] += (float)(scale * (1.0 - y[rival]));
    }

    private static double Margin(ReadOnlySpan<float> y, ReadOnlySpan<float> p, out int rival)
    {
        double right = 0, wrong = double.NegativeInfinity;
        rival = 0;
        for (int i = 0; i < p.Length; i++)
        {
            right += (double)y[i] * p[i];
            double other = (1.0 - y[i]) * p[i];
            if (!(other <= wrong)) { (wrong, rival) = (other, i); }
        }

        return wrong - right + 1;
    }
}
