using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// RMSprop (Tieleman and Hinton 2012): v = ρ v + (1 - ρ) g², w -= α g / √(v + ε); centered, the square of the mean gradient is taken from v
/// (Graves 2013); with momentum, steps add up.
/// </summary>
/// <param name="learningRate">At least 0. Default 0.001.</param>
public sealed class RmsProp(double learningRate = 0.001) : Optimizer(learningRate)
{
    private TensorBuffer[] v = [], momentums = [], averages = [];

    /// <summary>Whether a rule has a part; a type, so that the loop is compiled without it where it has not.</summary>
    private interface IPart
    {
        static abstract bool Present { get; }
    }

    /// <inheritdoc/>
    public override string Name => "RMSprop";

    /// <summary>The share of the mean squared gradient that each step keeps, from 0 to below 1. Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Rho { get; init => field = Require(value is >= 0 and < 1, value, nameof(Rho), "from 0 to below 1"); } = 0.9;

    /// <summary>How much of the last step goes on, from 0 to 1. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to 1.</exception>
    public double Momentum { get; init => field = Require(value is >= 0 and <= 1, value, nameof(Momentum), "from 0 to 1"); }

    /// <summary>What is added under the root, above 0. Default 1e-7.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Epsilon { get; init => field = Require(value > 0, value, nameof(Epsilon), "above 0"); } = 1e-7;

    /// <summary>Whether gradients are scaled by their variance instead of their mean square. Default false.</summary>
    public bool Centered { get; init; }

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights)
    {
        v = AddStates("velocity");
        if (Momentum > 0) { momentums = AddStates("momentum"); }
        if (Centered) { averages = AddStates("average_gradient"); }
    }

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        float alpha = (float)learningRate, rho = (float)Rho, rest = (float)(1 - Rho), mu = (float)Momentum, epsilon = (float)Epsilon;
        (TensorBuffer w, TensorBuffer g, TensorBuffer? q) = (weight.Value, weight.Gradient, Squares(weight));
        switch (Centered, Momentum > 0)
        {
            case (false, false): UpdateLoop.Run(new Rule<No, No>(alpha, rho, rest, mu, epsilon), decay, w, g, q, v[index]); break;
            case (false, true): UpdateLoop.Run(new Rule<No, Yes>(alpha, rho, rest, mu, epsilon), decay, w, g, q, v[index], momentums[index]); break;
            case (true, false): UpdateLoop.Run(new Rule<Yes, No>(alpha, rho, rest, mu, epsilon), decay, w, g, q, v[index], averages[index]); break;
            default: UpdateLoop.Run(new Rule<Yes, Yes>(alpha, rho, rest, mu, epsilon), decay, w, g, q, v[index], averages[index], momentums[index]); break;
        }
    }

    private readonly struct Yes : IPart
    {
        public static bool Present => true;
    }

    private readonly struct No : IPart
    {
        public static bool Present => false;
    }

    private readonly struct Rule<TCentered, TMomentum>(float alpha, float rho, float rest, float mu, float epsilon) : IUpdateRule
        where TCentered : struct, IPart
        where TMomentum : struct, IPart
    {
        private readonly float alpha = alpha, rho = rho, rest = rest, mu = mu, epsilon = epsilon;

        public static int StateArrays
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => 1 + (TCentered.Present ? 1 : 0) + (TMomentum.Present ? 1 : 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> v, ref Vector<float> b, ref Vector<float> c)
        {
            v = (v * rho) + (q * rest);
            Vector<float> spread = v + new Vector<float>(epsilon);
            if (TCentered.Present)
            {
                b = (b * rho) + (g * rest);
                spread -= b * b;
            }

            Vector<float> step = g * alpha / Vector.SquareRoot(spread);
            if (TMomentum.Present)
            {
                step += (TCentered.Present ? c : b) * mu;
                if (TCentered.Present) { c = step; }
                else { b = step; }
            }

            w -= step;
        }
    }
}
