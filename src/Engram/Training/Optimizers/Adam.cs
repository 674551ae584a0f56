using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// What <see cref="Adam"/> and <see cref="AdamW"/> share: m += (1 - β₁)(g - m), v += (1 - β₂)(g² - v), w -= α √(1 - β₂ᵗ) / (1 - β₁ᵗ) m
/// / (√v + ε).
/// </summary>
public abstract class AdamBase : Optimizer
{
    private TensorBuffer[] m = [], v = [], largestV = [];

    private protected AdamBase(double learningRate) : base(learningRate) { }

    /// <summary>The share of the mean gradient that each step keeps, from 0 to below 1. Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Beta1 { get; init => field = Require(value is >= 0 and < 1, value, nameof(Beta1), "from 0 to below 1"); } = 0.9;

    /// <summary>The share of the mean squared gradient that each step keeps, from 0 to below 1. Default 0.999.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Beta2 { get; init => field = Require(value is >= 0 and < 1, value, nameof(Beta2), "from 0 to below 1"); } = 0.999;

    /// <summary>What is added to the root of the mean squared gradient, above 0. Default 1e-7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Epsilon { get; init => field = Require(value > 0, value, nameof(Epsilon), "above 0"); } = 1e-7;

    /// <summary>Whether the largest v so far is used instead of the present one (Reddi, Kale and Kumar 2018). Default false.</summary>
    public bool AmsGrad { get; init; }

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights)
    {
        (m, v) = (new TensorBuffer[weights.Count], new TensorBuffer[weights.Count]);
        for (int i = 0; i < weights.Count; i++) { (m[i], v[i]) = (AddState(i, "momentum"), AddState(i, "velocity")); }
        if (AmsGrad) { largestV = AddStates("velocity_hat"); }
    }

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        long t = Updates + 1;
        float alpha = (float)(learningRate * Math.Sqrt(1 - Math.Pow(Beta2, t)) / (1 - Math.Pow(Beta1, t)));
        float new1 = (float)(1 - Beta1), new2 = (float)(1 - Beta2), epsilon = (float)Epsilon;
        if (AmsGrad) { UpdateLoop.Run(new Largest(alpha, new1, new2, epsilon), decay, weight.Value, weight.Gradient, Squares(weight), m[index], v[index], largestV[index]); }
        else { UpdateLoop.Run(new Plain(alpha, new1, new2, epsilon), decay, weight.Value, weight.Gradient, Squares(weight), m[index], v[index]); }
    }

    private readonly struct Plain(float alpha, float new1, float new2, float epsilon) : IUpdateRule
    {
        private readonly float alpha = alpha, new1 = new1, new2 = new2, epsilon = epsilon;

        public static int StateArrays => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> m, ref Vector<float> v, ref Vector<float> unused)
        {
            m += (g - m) * new1;
            v += (q - v) * new2;
            w -= m * alpha / (Vector.SquareRoot(v) + new Vector<float>(epsilon));
        }
    }

    private readonly struct Largest(float alpha, float new1, float new2, float epsilon) : IUpdateRule
    {
        private readonly float alpha = alpha, new1 = new1, new2 = new2, epsilon = epsilon;

        public static int StateArrays => 3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> m, ref Vector<float> v, ref Vector<float> largest)
        {
            m += (g - m) * new1;
            v += (q - v) * new2;
            largest = Vector.Max(largest, v);
            w -= m * alpha / (Vector.SquareRoot(largest) + new Vector<float>(epsilon));
        }
    }
}

/// <summary>Adam (Kingma and Ba 2014, "Adam: a method for stochastic optimization"), with ε outside the root as Keras has it.</summary>
/// <param name="learningRate">At least 0. Default 0.001.</param>
public sealed class Adam(double learningRate = 0.001) : AdamBase(learningRate)
{
    /// <inheritdoc/>
    public override string Name => "Adam";
}

/// <summary>Adam with weight decay, 0.004 unless set (Loshchilov and Hutter 2017, "Decoupled weight decay regularization").</summary>
public sealed class AdamW : AdamBase
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">At least 0. Default 0.001.</param>
    public AdamW(double learningRate = 0.001) : base(learningRate) => WeightDecay = 0.004;

    /// <inheritdoc/>
    public override string Name => "AdamW";
}
