using Engram.Training;

namespace Engram.Forecasting;

/// <summary>
/// The mean of a function of the errors over the targets that are known. A window near the end of the training rows has only its first targets; the
/// others are <see cref="Unknown"/> and count nowhere.
/// </summary>
internal abstract class MaskedPointLoss : Loss
{
    /// <summary>The target that does not count.</summary>
    public const float Unknown = float.MaxValue;

    public override bool IgnoresElements => true;

    public override int[] ElementAxes(ReadOnlySpan<int> target, ReadOnlySpan<int> prediction) => target.SequenceEqual(prediction)
        ? prediction.ToArray()
        : throw new EngramException($"{Name}: expected a target of shape {Shape.Format(prediction)}, got {Shape.Format(target)}.");

    public override void Forward(TensorBuffer target, TensorBuffer prediction, Span<double> elements)
    {
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        for (int i = 0; i < elements.Length; i++) { elements[i] = Value((double)p[i] - y[i]); }
    }

    public override void Backward(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<double> weights, TensorBuffer gradient)
    {
        gradient.Resize(prediction.Axes);
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        Span<float> dp = gradient.Span;
        for (int i = 0; i < dp.Length; i++) { dp[i] = (float)(weights[i] * Derivative((double)p[i] - y[i])); }
    }

    public override void MarkIgnored(TensorBuffer target, Span<byte> counts)
    {
        ReadOnlySpan<float> y = target.Span;
        for (int i = 0; i < counts.Length; i++)
        {
            if (y[i] == Unknown) { counts[i] = 0; }
        }
    }

    protected abstract double Value(double error);

    protected abstract double Derivative(double error);
}

/// <summary>|p - y|; by p its sign.</summary>
internal sealed class MaskedAbsoluteError : MaskedPointLoss
{
    public override string Name => "masked_absolute_error";

    protected override double Value(double error) => Math.Abs(error);

    protected override double Derivative(double error) => error > 0 ? 1 : error < 0 ? -1 : error;
}

/// <summary>(p - y)²; by p 2 (p - y).</summary>
internal sealed class MaskedSquaredError : MaskedPointLoss
{
    public override string Name => "masked_squared_error";

    protected override double Value(double error) => error * error;

    protected override double Derivative(double error) => 2 * error;
}
