namespace Engram.Training;

/// <summary>Minus the cosine of the angle between target and prediction: -y·p / (|y| |p|), lengths no smaller than ε.</summary>
internal sealed class CosineSimilarityLoss : RowLoss
{
    public override string Name => "cosine_similarity";

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p) => -Dot(y, p) / (Length(y) * Length(p));

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        double ny = Length(y), np = Length(p);
        double scale = weight / (ny * np);
        double along = np > Epsilon ? Dot(y, p) / (np * np) : 0;
        for (int i = 0; i < dp.Length; i++) { dp[i] = (float)(scale * ((along * p[i]) - y[i])); }
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) { sum += (double)a[i] * b[i]; }
        return sum;
    }

    private static double Length(ReadOnlySpan<float> a) => Math.Max(Math.Sqrt(Dot(a, a)), Epsilon);
}
