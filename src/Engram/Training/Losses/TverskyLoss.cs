namespace Engram.Training;

/// <summary>
/// One minus the overlap of target and prediction over the whole batch: 1 - t / (t + α fn + β fp + ε) with t = Σ y p, fn = Σ y (1 - p),
/// fp = Σ (1 - y) p (Salehi, Erdogmus and Gholipour 2017). Which of the two α weighs follows Keras 3.15, not the paper. Dice is
/// 1 - 2t / (Σ y + Σ p + ε): the same with α = β = 1/2 and half the ε.
/// </summary>
internal sealed class TverskyLoss(string name, double alpha, double beta, double epsilon) : Loss
{
    public override string Name => name;

    public override int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction)
    {
        RequireSame(target, prediction);
        return [];
    }

    public override void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements)
    {
        (double common, double union) = Overlap(target, prediction);
        elements[0] = 1 - (common / union);
    }

    public override void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient)
    {
        (double common, double union) = Overlap(target, prediction);
        gradient.Resize(prediction.Axes);
        ReadOnlySpan<float> y = target.Span;
        Span<float> dp = gradient.Span;
        double scale = weights[0] / (union * union);
        for (int i = 0; i < dp.Length; i++)
        {
            // d common / dp = y, d union / dp = y - α y + β (1 - y)
            double dUnion = y[i] - (alpha * y[i]) + (beta * (1.0 - y[i]));
            dp[i] = (float)(scale * ((common * dUnion) - (y[i] * union)));
        }
    }

    private void RequireSame(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction)
    {
        if (!target.SequenceEqual(prediction))
        {
            throw new EngramException(
                $"{Name}: expected a target of the prediction's shape {Shape.Format(prediction)}, got {Shape.Format(target)}.");
        }
    }

    private (double Common, double Union) Overlap(TensorBuffer target, TensorBuffer prediction)
    {
        RequireSame(target.Axes, prediction.Axes);
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        double common = 0, falseNegative = 0, falsePositive = 0;
        for (int i = 0; i < p.Length; i++)
        {
            common += (double)y[i] * p[i];
            falseNegative += y[i] * (1.0 - p[i]);
            falsePositive += (1.0 - y[i]) * p[i];
        }

        return (common, common + (alpha * falseNegative) + (beta * falsePositive) + epsilon);
    }
}
