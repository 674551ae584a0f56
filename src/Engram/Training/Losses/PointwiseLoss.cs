namespace Engram.Training;

/// <summary>
/// The loss of one number and its derivative. A struct, so that the loop over a row is compiled for each formula with nothing called in
/// it.
/// </summary>
internal interface IPointwise
{
    /// <summary>The loss of a prediction p for a target y.</summary>
    double Value(double y, double p);

    /// <summary>Its derivative with respect to p.</summary>
    double Derivative(double y, double p);
}

/// <summary>A row's loss is the mean of a formula over its numbers.</summary>
internal sealed class PointwiseLoss<TFormula>(string name, TFormula formula = default) : RowLoss
    where TFormula : struct, IPointwise
{
    private readonly TFormula formula = formula;

    public override string Name => name;

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        double sum = 0;
        for (int i = 0; i < p.Length; i++) { sum += formula.Value(y[i], p[i]); }
        return sum / p.Length;
    }

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        double scale = weight / p.Length;
        for (int i = 0; i < dp.Length; i++) { dp[i] = (float)(scale * formula.Derivative(y[i], p[i])); }
    }
}
