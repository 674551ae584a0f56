namespace Engram.Training;

/// <summary>
/// The pinball loss (Koenker and Bassett 1978): max(q (y - p), (q - 1) (y - p)), the mean over all columns of the prediction. For
/// target column k and quantile j of n the prediction's column is k n + j.
/// </summary>
internal sealed class QuantileLoss : RowLoss
{
    private readonly double[] quantiles;

    public QuantileLoss(double[] quantiles)
    {
        if (quantiles.Length == 0) { throw new ArgumentException("At least one quantile is needed.", nameof(quantiles)); }
        foreach (double q in quantiles)
        {
            if (!(q > 0 && q < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(quantiles), q, "A quantile lies between 0 and 1, both excluded.");
            }
        }

        this.quantiles = quantiles;
    }

    public override string Name => "quantile";

    protected override int TargetColumns(int predictionColumns) =>
        predictionColumns % quantiles.Length == 0 ? predictionColumns / quantiles.Length : -1;

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            double q = quantiles[i % quantiles.Length], error = (double)y[i / quantiles.Length] - p[i];
            sum += Math.Max(q * error, (q - 1) * error);
        }

        return sum / p.Length;
    }

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        double scale = weight / p.Length;
        for (int i = 0; i < p.Length; i++)
        {
            double q = quantiles[i % quantiles.Length], error = (double)y[i / quantiles.Length] - p[i];
            dp[i] = (float)(scale * (error > 0 ? -q : error < 0 ? 1 - q : error));
        }
    }
}
