namespace Engram.Training;

/// <summary>
/// The cross-entropy of a class's number: ln Σ exp(x) - x_y of logits x, and the same of the logarithms of probabilities clipped to
/// [ε, 1 - ε].
/// </summary>
internal sealed class SparseCategoricalCrossentropyLoss(bool fromLogits, int? ignoreClass) : RowLoss
{
    public override string Name => "sparse_categorical_crossentropy";

    public override bool IgnoresElements => ignoreClass is not null;

    public override void MarkIgnored(TensorBuffer target, Span<byte> counts)
    {
        ReadOnlySpan<float> y = target.Span;
        for (int i = 0; i < y.Length; i++)
        {
            if (IsIgnored(y[i])) { counts[i] = 0; }
        }
    }

    protected override int TargetColumns(int predictionColumns) => 1;

    protected override double Row(ReadOnlySpan<float> y, ReadOnlySpan<float> p)
    {
        if (IsIgnored(y[0])) { return 0; }
        int c = ClassOf(y[0], p.Length);
        if (fromLogits)
        {
            (double largest, double sum) = Softmax.Normalizer(p);
            return largest + Math.Log(sum) - p[c];
        }

        return Math.Log(ClippedSum(p)) - Math.Log(Math.Clamp(p[c], Epsilon, 1 - Epsilon));
    }

    protected override void RowGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> p, double weight, Span<float> dp)
    {
        if (IsIgnored(y[0]))
        {
            dp.Clear();
            return;
        }

        int c = ClassOf(y[0], p.Length);
        if (fromLogits)
        {
            Softmax.Scaled(p, weight, dp);
            dp[c] = (float)(dp[c] - weight);
            return;
        }

        double total = ClippedSum(p);
        for (int i = 0; i < p.Length; i++)
        {
            dp[i] = Probabilities.IsClipped(p[i]) ? 0 : (float)(weight * ((1 / total) - (i == c ? 1.0 / p[i] : 0)));
        }
    }

    private static double ClippedSum(ReadOnlySpan<float> p)
    {
        double sum = 0;
        foreach (float value in p) { sum += Math.Clamp(value, Epsilon, 1 - Epsilon); }
        return sum;
    }

    private bool IsIgnored(float y) => ignoreClass is int ignored && y == ignored;

    private int ClassOf(float y, int classes)
    {
        int c = (int)y;
        if (c != y || c < 0 || c >= classes)
        {
            throw new EngramException(
                $"{Name}: a target is {y}; it must be the number of one of the prediction's {classes} classes, from 0 to {classes - 1}.");
        }

        return c;
    }
}
