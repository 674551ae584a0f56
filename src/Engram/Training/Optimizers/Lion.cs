using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Lion: w -= α sign(β₁ m + (1 - β₁) g), m = β₂ m + (1 - β₂) g (Chen and others 2023, "Symbolic discovery of optimization algorithms").
/// </summary>
/// <param name="learningRate">At least 0. Default 0.001.</param>
public sealed class Lion(double learningRate = 0.001) : Optimizer(learningRate)
{
    private TensorBuffer[] m = [];

    /// <inheritdoc/>
    public override string Name => "Lion";

    /// <summary>The share of the mean gradient in the step's direction, above 0 and at most 1. Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0 and at most 1.</exception>
    public double Beta1 { get; init => field = Require(value is > 0 and <= 1, value, nameof(Beta1), "above 0 and at most 1"); } = 0.9;

    /// <summary>The share of the mean gradient that each step keeps, from 0 to 1. Default 0.99.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to 1.</exception>
    public double Beta2 { get; init => field = Require(value is >= 0 and <= 1, value, nameof(Beta2), "from 0 to 1"); } = 0.99;

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights) => m = AddStates("momentum");

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay) => UpdateLoop.Run(
        new Rule((float)learningRate, (float)Beta1, (float)(1 - Beta1), (float)Beta2, (float)(1 - Beta2)), decay, weight.Value, weight.Gradient, null, m[index]);

    private readonly struct Rule(float alpha, float beta1, float new1, float beta2, float new2) : IUpdateRule
    {
        private readonly float alpha = alpha, beta1 = beta1, new1 = new1, beta2 = beta2, new2 = new2;

        public static int StateArrays => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> m, ref Vector<float> b, ref Vector<float> c)
        {
            Vector<float> d = (m * beta1) + (g * new1), zero = Vector<float>.Zero, one = Vector<float>.One;
            Vector<float> sign = Vector.ConditionalSelect(Vector.GreaterThan(d, zero), one, Vector.ConditionalSelect(Vector.LessThan(d, zero), -one, d));
            w -= sign * alpha;
            m = (m * beta2) + (g * new2);
        }
    }
}
