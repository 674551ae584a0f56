using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Adam with Nesterov's look ahead (Dozat 2016, "Incorporating Nesterov momentum into Adam"): with uₜ = β₁ (1 - 0.96ᵗ / 2) and Pₜ the
/// product of all u so far, m̂ = uₜ₊₁ m / (1 - Pₜ uₜ₊₁) + (1 - uₜ) g / (1 - Pₜ) and w -= α m̂ / (√(v / (1 - β₂ᵗ)) + ε).
/// </summary>
/// <param name="learningRate">At least 0. Default 0.001.</param>
public sealed class Nadam(double learningRate = 0.001) : Optimizer(learningRate)
{
    private TensorBuffer[] m = [], v = [];
    private TensorBuffer product = new(0);

    /// <inheritdoc/>
    public override string Name => "Nadam";

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
        product = AddState("u_product", 1);
    }

    /// <inheritdoc/>
    protected override void BeginUpdate() => product.Span[0] *= (float)U(Updates + 1);

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        long t = Updates + 1;
        double p = product.Span[0], u = U(t), next = U(t + 1);
        UpdateLoop.Run(
            new Rule((float)(learningRate * next / (1 - (p * next))), (float)(learningRate * (1 - u) / (1 - p)), (float)(1 / (1 - Math.Pow(Beta2, t))),
                (float)(1 - Beta1), (float)(1 - Beta2), (float)Epsilon),
            decay, weight.Value, weight.Gradient, Squares(weight), m[index], v[index]);
    }

    private double U(long t) => Beta1 * (1 - (0.5 * Math.Pow(0.96, t)));

    private readonly struct Rule(float alphaM, float alphaG, float unbias, float new1, float new2, float epsilon) : IUpdateRule
    {
        private readonly float alphaM = alphaM, alphaG = alphaG, unbias = unbias, new1 = new1, new2 = new2, epsilon = epsilon;

        public static int StateArrays => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> m, ref Vector<float> v, ref Vector<float> c)
        {
            m += (g - m) * new1;
            v += (q - v) * new2;
            w -= ((m * alphaM) + (g * alphaG)) / (Vector.SquareRoot(v * unbias) + new Vector<float>(epsilon));
        }
    }
}
