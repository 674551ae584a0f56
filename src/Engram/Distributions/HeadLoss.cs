using Engram.Training;

namespace Engram.Distributions;

/// <summary>A head's loss over rows: the mean over the targets.</summary>
internal sealed class HeadLoss(DistributionHead head) : RowLoss
{
    public override string Name { get; } = head.Name.Replace('-', '_') + "_loss";

    protected override int TargetColumns(int predictionColumns) =>
        predictionColumns % head.ParametersPerTarget == 0 ? predictionColumns / head.ParametersPerTarget : -1;

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        int n = head.ParametersPerTarget;
        double sum = 0;
        for (int k = 0; k < y.Length; k++) { sum += head.Value(y[k], p.Slice(k * n, n)); }
        return sum / y.Length;
    }

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        int n = head.ParametersPerTarget;
        for (int k = 0; k < y.Length; k++) { head.Gradient(y[k], p.Slice(k * n, n), weight / y.Length, dp.Slice(k * n, n)); }
    }
}
