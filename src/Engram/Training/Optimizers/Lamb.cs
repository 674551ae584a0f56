using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Adam whose step is scaled to each weight's length: w -= α |w| / |d| d with d = m̂ / (√v̂ + ε) (You and others 2019, "Large batch
/// optimization for deep learning").
/// </summary>
/// <param name="learningRate">At least 0. Default 0.001.</param>
public sealed class Lamb(double learningRate = 0.001) : Optimizer(learningRate)
{
    private TensorBuffer[] m = [], v = [];

    /// <inheritdoc/>
    public override string Name => "Lamb";

    /// <summary>The share of the mean gradient that each step keeps, from 0 to below 1. Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Beta1 { get; init => field = Require(value is >= 0 and < 1, value, nameof(Beta1), "from 0 to below 1"); } = 0.9;

    /// <summary>The share of the mean squared gradient that each step keeps, from 0 to below 1. Default 0.999.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Beta2 { get; init => field = Require(value is >= 0 and < 1, value, nameof(Beta2), "from 0 to below 1"); } = 0.999;

    /// <summary>What is added to the root of the mean squared gradient, above 0. Default 1e-7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Epsilon { get; init => field = Require(value > 0, value, nameof(Epsilon), "above 0"); } = 1e-7;

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights)
    {
        (m, v) = (new TensorBuffer[weights.Count], new TensorBuffer[weights.Count]);
        for (int i = 0; i < weights.Count; i++) { (m[i], v[i]) = (AddState(i, "momentum"), AddState(i, "velocity")); }
    }

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        Span<float> w = weight.Value.Span, mean = m[index].Span, square = v[index].Span;
        ReadOnlySpan<float> gradient = weight.Gradient.Span, squares = Squares(weight) is { } kept ? kept.Span : default;
        long t = Updates + 1;
        double unbias1 = 1 / (1 - Math.Pow(Beta1, t)), unbias2 = 1 / (1 - Math.Pow(Beta2, t));
        double squaredW = 0, squaredD = 0;
        for (int i = 0; i < w.Length; i++)
        {
            w[i] -= (float)(w[i] * decay);
            double g = gradient[i];
            mean[i] += (float)((g - mean[i]) * (1 - Beta1));
            square[i] += (float)(((squares.IsEmpty ? g * g : squares[i]) - square[i]) * (1 - Beta2));
            double d = Direction(mean[i] * unbias1, square[i] * unbias2);
            squaredW += (double)w[i] * w[i];
            squaredD += d * d;
        }

        double ratio = squaredW > 0 && squaredD > 0 ? Math.Sqrt(squaredW / squaredD) : 1;
        for (int i = 0; i < w.Length; i++) { w[i] -= (float)(ratio * learningRate * Direction(mean[i] * unbias1, square[i] * unbias2)); }
    }

    private double Direction(double m, double v) => m / (Math.Sqrt(v) + Epsilon);
}
