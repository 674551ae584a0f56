using Engram.Training;

namespace Engram.Forecasting;

/// <summary>
/// The mean absolute error over the targets that are known. A window near the end of the training rows has only its first targets; the
/// others are <see cref="Unknown"/> and count nowhere.
/// </summary>
internal sealed class MaskedAbsoluteError : Loss
{
    /// <summary>The target that does not count.</summary>
    public const float Unknown = float.MaxValue;

    public override string Name => "masked_absolute_error";

    public override bool IgnoresElements => true;

    public override int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction) => target.SequenceEqual(prediction)
        ? prediction.ToArray()
        : throw new EngramException($"{Name}: expected a target of shape {Shape.Format(prediction)}, got {Shape.Format(target)}.");

    public override void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements)
    {
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        for (int i = 0; i < elements.Length; i++) { elements[i] = Math.Abs((double)p[i] - y[i]); }
    }

    public override void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient)
    {
        gradient.Resize(prediction.Axes);
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        Span<float> dp = gradient.Span;
        for (int i = 0; i < dp.Length; i++)
        {
            float error = p[i] - y[i];
            dp[i] = (float)weights[i] * (error > 0 ? 1 : error < 0 ? -1 : error);
        }
    }

    public override void MarkIgnored(TensorBuffer target, Span<byte> counts)
    {
        ReadOnlySpan<float> y = target.Span;
        for (int i = 0; i < counts.Length; i++)
        {
            if (y[i] == Unknown) { counts[i] = 0; }
        }
    }
}
