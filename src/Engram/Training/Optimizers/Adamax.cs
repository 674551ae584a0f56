using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Adam with the largest gradient in place of the mean square: u = max(β₂ u, |g|), w -= α m / ((1 - β₁ᵗ)(u + ε)) (Kingma and Ba 2014,
/// section 7.1).
/// </summary>
/// <param name="learningRate">At least 0. Default 0.001.</param>
public sealed class Adamax(double learningRate = 0.001) : Optimizer(learningRate)
{
    private TensorBuffer[] m = [], u = [];

    /// <inheritdoc/>
    public override string Name => "Adamax";

    /// <summary>The share of the mean gradient that each step keeps, from 0 to below 1. Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Beta1 { get; init => field = Require(value is >= 0 and < 1, value, nameof(Beta1), "from 0 to below 1"); } = 0.9;

    /// <summary>The share of the largest gradient that each step keeps, from 0 to below 1. Default 0.999.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Beta2 { get; init => field = Require(value is >= 0 and < 1, value, nameof(Beta2), "from 0 to below 1"); } = 0.999;

    /// <summary>What is added to the largest gradient, above 0. Default 1e-7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Epsilon { get; init => field = Require(value > 0, value, nameof(Epsilon), "above 0"); } = 1e-7;

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights)
    {
        (m, u) = (new TensorBuffer[weights.Count], new TensorBuffer[weights.Count]);
        for (int i = 0; i < weights.Count; i++) { (m[i], u[i]) = (AddState(i, "momentum"), AddState(i, "norm")); }
    }

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        double alpha = learningRate / (1 - Math.Pow(Beta1, Updates + 1));
        UpdateLoop.Run(new Rule((float)alpha, (float)(1 - Beta1), (float)Beta2, (float)Epsilon), decay, weight.Value, weight.Gradient, null, m[index], u[index]);
    }

    private readonly struct Rule(float alpha, float new1, float beta2, float epsilon) : IUpdateRule
    {
        private readonly float alpha = alpha, new1 = new1, beta2 = beta2, epsilon = epsilon;

        public static int StateArrays => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> m, ref Vector<float> u, ref Vector<float> c)
        {
            m += (g - m) * new1;
            u = Vector.Max(u * beta2, Vector.Abs(g));
            w -= m * alpha / (u + new Vector<float>(epsilon));
        }
    }
}
