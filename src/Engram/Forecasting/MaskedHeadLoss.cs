using Engram.Distributions;
using Engram.Training;

namespace Engram.Forecasting;

/// <summary>
/// The mean of a head's loss over the targets that are known. Targets are (rows, horizon), or (rows, 2 horizon) for counts: the counts, then the
/// level of each. <see cref="MaskedPointLoss.Unknown"/> does not count.
/// </summary>
internal sealed class MaskedHeadLoss(DistributionHead head) : Loss
{
    private readonly bool counts = head is NegativeBinomialHead;

    public override string Name { get; } = head.Loss.Name;

    public override bool IgnoresElements => true;

    public override int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction)
    {
        int n = head.ParametersPerTarget, perTarget = counts ? 2 : 1;
        return target.Length == 2 && prediction.Length == 2 && target[0] == prediction[0] && target[1] * n == prediction[1] * perTarget && prediction[1] % n == 0
            ? [prediction[0], prediction[1] / n]
            : throw new EngramException($"{Name}: a target of shape {Shape.Format(target)} does not fit a prediction of shape {Shape.Format(prediction)} with {n} numbers for each target.");
    }

    public override void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements)
    {
        int n = head.ParametersPerTarget, horizon = prediction[1] / n;
        for (int i = 0; i < elements.Length; i++)
        {
            (double y, double level) = Target(target, i, horizon);
            ReadOnlySpan<float> raw = prediction.Span.Slice(i * n, n);
            elements[i] = y == MaskedPointLoss.Unknown ? 0 : counts ? NegativeBinomialHead.Value(y, level, raw) : head.Value(y, raw);
        }
    }

    public override void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient)
    {
        gradient.Resize(prediction.Axes);
        int n = head.ParametersPerTarget, horizon = prediction[1] / n;
        for (int i = 0; i < weights.Length; i++)
        {
            (double y, double level) = Target(target, i, horizon);
            ReadOnlySpan<float> raw = prediction.Span.Slice(i * n, n);
            Span<float> dRaw = gradient.Span.Slice(i * n, n);
            if (weights[i] == 0) { dRaw.Clear(); }
            else if (counts) { NegativeBinomialHead.Gradient(y, level, raw, weights[i], dRaw); }
            else { head.Gradient(y, raw, weights[i], dRaw); }
        }
    }

    public override void MarkIgnored(TensorBuffer target, Span<byte> counts)
    {
        int horizon = counts.Length / target[0];
        for (int i = 0; i < counts.Length; i++)
        {
            if (Target(target, i, horizon).Y == MaskedPointLoss.Unknown) { counts[i] = 0; }
        }
    }

    private (double Y, double Level) Target(TensorBuffer target, int i, int horizon)
    {
        int at = (i / horizon * target[1]) + (i % horizon);
        return (target.Span[at], counts ? target.Span[at + horizon] : 1);
    }
}
