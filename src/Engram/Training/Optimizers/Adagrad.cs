using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Training;

/// <summary>Adagrad: s += g², w -= α g / √(s + ε) (Duchi, Hazan and Singer 2011, "Adaptive subgradient methods").</summary>
/// <param name="learningRate">At least 0. Default 0.001.</param>
public sealed class Adagrad(double learningRate = 0.001) : Optimizer(learningRate)
{
    private TensorBuffer[] sums = [];

    /// <inheritdoc/>
    public override string Name => "Adagrad";

    /// <summary>Where the sums of squares start, at least 0. Default 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double InitialAccumulatorValue
    {
        get;
        init => field = Require(value >= 0, value, nameof(InitialAccumulatorValue), "at least 0");
    } = 0.1;

    /// <summary>What is added under the root, above 0. Default 1e-7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Epsilon { get; init => field = Require(value > 0, value, nameof(Epsilon), "above 0"); } = 1e-7;

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights) => sums = AddStates("accumulator", (float)InitialAccumulatorValue);

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay) =>
        UpdateLoop.Run(new Rule((float)learningRate, (float)Epsilon), decay, weight.Value, weight.Gradient, Squares(weight), sums[index]);

    private readonly struct Rule(float alpha, float epsilon) : IUpdateRule
    {
        private readonly float alpha = alpha, epsilon = epsilon;

        public static int StateArrays => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> s, ref Vector<float> b, ref Vector<float> c)
        {
            s += q;
            w -= g * alpha / Vector.SquareRoot(s + new Vector<float>(epsilon));
        }
    }
}
