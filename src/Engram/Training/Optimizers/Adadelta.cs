using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Adadelta: s = ρ s + (1 - ρ) g², d = g √(u + ε) / √(s + ε), u = ρ u + (1 - ρ) d², w -= α d (Zeiler 2012, "ADADELTA: an adaptive
/// learning rate method").
/// </summary>
/// <param name="learningRate">At least 0. Default 0.001; the paper has 1.</param>
public sealed class Adadelta(double learningRate = 0.001) : Optimizer(learningRate)
{
    private TensorBuffer[] s = [], u = [];

    /// <inheritdoc/>
    public override string Name => "Adadelta";

    /// <summary>The share of the means that each step keeps, from 0 to below 1. Default 0.95.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Rho { get; init => field = Require(value is >= 0 and < 1, value, nameof(Rho), "from 0 to below 1"); } = 0.95;

    /// <summary>What is added under the roots, above 0. Default 1e-7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Epsilon { get; init => field = Require(value > 0, value, nameof(Epsilon), "above 0"); } = 1e-7;

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights)
    {
        (s, u) = (new TensorBuffer[weights.Count], new TensorBuffer[weights.Count]);
        for (int i = 0; i < weights.Count; i++) { (s[i], u[i]) = (AddState(i, "accumulated_grad"), AddState(i, "accumulated_delta_var")); }
    }

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay) =>
        UpdateLoop.Run(new Rule((float)learningRate, (float)Rho, (float)(1 - Rho), (float)Epsilon), decay, weight.Value, weight.Gradient, Squares(weight), s[index], u[index]);

    private readonly struct Rule(float alpha, float rho, float rest, float epsilon) : IUpdateRule
    {
        private readonly float alpha = alpha, rho = rho, rest = rest, epsilon = epsilon;

        public static int StateArrays => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> s, ref Vector<float> u, ref Vector<float> c)
        {
            var e = new Vector<float>(epsilon);
            s = (s * rho) + (q * rest);
            Vector<float> ratio = Vector.SquareRoot(u + e) / Vector.SquareRoot(s + e);
            u = (u * rho) + (ratio * ratio * q * rest);
            w -= ratio * g * alpha;
        }
    }
}
