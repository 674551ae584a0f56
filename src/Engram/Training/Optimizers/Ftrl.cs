using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Follow the regularized leader, with shrinkage (McMahan and others 2013, "Ad click prediction: a view from the trenches"): it makes
/// weights exactly 0 where <see cref="L1"/> is set.
/// </summary>
/// <param name="learningRate">Above 0. Default 0.001.</param>
public sealed class Ftrl(double learningRate = 0.001) : Optimizer(learningRate)
{
    private TensorBuffer[] accumulators = [], linears = [];

    /// <inheritdoc/>
    public override string Name => "Ftrl";

    /// <summary>
    /// How the learning rate falls with the sum of squared gradients, at most 0: -0.5, the default, is one over its root, 0 a fixed
    /// rate.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is above 0.</exception>
    public double LearningRatePower { get; init => field = Require(value <= 0, value, nameof(LearningRatePower), "at most 0"); } = -0.5;

    /// <summary>Where the sums of squares start, at least 0. Default 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double InitialAccumulatorValue
    {
        get;
        init => field = Require(value >= 0, value, nameof(InitialAccumulatorValue), "at least 0");
    } = 0.1;

    /// <summary>The strength of the penalty on magnitudes, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double L1 { get; init => field = Require(value >= 0, value, nameof(L1), "at least 0"); }

    /// <summary>The strength of the penalty on squares, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double L2 { get; init => field = Require(value >= 0, value, nameof(L2), "at least 0"); }

    /// <summary>The strength of the penalty on squares that acts on gradients only, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double L2Shrinkage { get; init => field = Require(value >= 0, value, nameof(L2Shrinkage), "at least 0"); }

    /// <summary>The paper's β, at least 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double Beta { get; init => field = Require(value >= 0, value, nameof(Beta), "at least 0"); }

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights)
    {
        (accumulators, linears) = (new TensorBuffer[weights.Count], new TensorBuffer[weights.Count]);
        for (int i = 0; i < weights.Count; i++)
        {
            (accumulators[i], linears[i]) = (AddState(i, "accumulator", (float)InitialAccumulatorValue), AddState(i, "linear"));
        }
    }

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        Span<float> values = weight.Value.Span, accumulator = accumulators[index].Span, linear = linears[index].Span;
        ReadOnlySpan<float> gradient = weight.Gradient.Span, squares = Squares(weight) is { } kept ? kept.Span : default;
        double l2 = L2 + (Beta / (2 * learningRate));
        for (int i = 0; i < values.Length; i++)
        {
            double w = values[i] - (values[i] * decay), g = gradient[i];
            double sum = accumulator[i] + (squares.IsEmpty ? g * g : squares[i]);
            double root = Power(sum), oldRoot = Power(accumulator[i]);
            double z = linear[i] + g + (2 * L2Shrinkage * w) - ((root - oldRoot) / learningRate * w);
            values[i] = (float)((Math.Clamp(z, -L1, L1) - z) / ((root / learningRate) + (2 * l2)));
            (accumulator[i], linear[i]) = ((float)sum, (float)z);
        }
    }

    private double Power(double sum) => LearningRatePower == -0.5 ? Math.Sqrt(sum) : Math.Pow(sum, -LearningRatePower);
}
