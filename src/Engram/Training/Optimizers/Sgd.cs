using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Layers;

namespace Engram.Training;

/// <summary>
/// Stochastic gradient descent: w -= α g; with momentum m = μ m - α g, w += m, or Nesterov's w += μ m - α g (Sutskever, Martens, Dahl
/// and Hinton 2013, "On the importance of initialization and momentum in deep learning").
/// </summary>
/// <param name="learningRate">At least 0. Default 0.01.</param>
public sealed class Sgd(double learningRate = 0.01) : Optimizer(learningRate)
{
    private TensorBuffer[] momentums = [];

    /// <inheritdoc/>
    public override string Name => "SGD";

    /// <summary>How much of the last step goes on, from 0 to 1. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to 1.</exception>
    public double Momentum { get; init => field = Require(value is >= 0 and <= 1, value, nameof(Momentum), "from 0 to 1"); }

    /// <summary>Whether momentum looks ahead. Default false.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    protected override void CreateState(IReadOnlyList<Weight> weights)
    {
        if (Momentum != 0) { momentums = AddStates("momentum"); }
    }

    /// <inheritdoc/>
    protected override void Update(int index, Weight weight, double learningRate, double decay)
    {
        float alpha = (float)learningRate, mu = (float)Momentum;
        if (Momentum == 0) { UpdateLoop.Run(new Plain(alpha), decay, weight.Value, weight.Gradient, null); }
        else if (Nesterov) { UpdateLoop.Run(new LookAhead(alpha, mu), decay, weight.Value, weight.Gradient, null, momentums[index]); }
        else { UpdateLoop.Run(new Heavy(alpha, mu), decay, weight.Value, weight.Gradient, null, momentums[index]); }
    }

    private readonly struct Plain(float alpha) : IUpdateRule
    {
        private readonly float alpha = alpha;

        public static int StateArrays => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> a, ref Vector<float> b, ref Vector<float> c) =>
            w -= g * alpha;
    }

    private readonly struct Heavy(float alpha, float mu) : IUpdateRule
    {
        private readonly float alpha = alpha, mu = mu;

        public static int StateArrays => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> m, ref Vector<float> b, ref Vector<float> c)
        {
            m = (m * mu) - (g * alpha);
            w += m;
        }
    }

    private readonly struct LookAhead(float alpha, float mu) : IUpdateRule
    {
        private readonly float alpha = alpha, mu = mu;

        public static int StateArrays => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> m, ref Vector<float> b, ref Vector<float> c)
        {
            m = (m * mu) - (g * alpha);
            w += (m * mu) - (g * alpha);
        }
    }
}
