using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engram.Kernels;

namespace Engram.Training;

/// <summary>What an optimizer does to one number of a weight and of its state; written for a vector of them.</summary>
internal interface IUpdateRule
{
    /// <summary>How many of the arrays a, b, c the rule keeps.</summary>
    static abstract int StateArrays { get; }

    /// <summary>Changes w and the state by the gradient g and its square q.</summary>
    void Update(ref Vector<float> w, Vector<float> g, Vector<float> q, ref Vector<float> a, ref Vector<float> b, ref Vector<float> c);
}

/// <summary>
/// The one traversal that all element-wise rules share: each number of the weight, the gradient and the state is read and written once.
/// Numbers do not meet, so the result depends neither on the vector's width nor on how the engine's threads share a large weight.
/// </summary>
internal static class UpdateLoop
{
    /// <summary>
    /// Applies a rule to a weight that first loses the share <paramref name="decay"/> of itself; <paramref name="squares"/> stand for the
    /// squared gradient where they are kept apart (<see cref="Optimizer.Squares"/>).
    /// </summary>
    public static void Run<TRule>(
        TRule rule, double decay, TensorBuffer weight, TensorBuffer gradient, TensorBuffer? squares, TensorBuffer? a = null, TensorBuffer? b = null, TensorBuffer? c = null)
        where TRule : struct, IUpdateRule => UpdateLoop<TRule>.OfThisThread.Run(rule, (float)decay, weight, gradient, squares, a, b, c);
}

/// <inheritdoc cref="UpdateLoop"/>
internal sealed class UpdateLoop<TRule> : IShardWork where TRule : struct, IUpdateRule
{
    private const int Block = 1 << 16;
    private const int OperationsPerNumber = 8; // what is read and written takes longer than what is computed

    private static readonly TensorBuffer None = new(0);

    [ThreadStatic]
    private static UpdateLoop<TRule>? ofThisThread;

    private TRule rule;
    private float decay;
    private TensorBuffer weight = None, gradient = None;
    private TensorBuffer? squares, a, b, c;

    public static UpdateLoop<TRule> OfThisThread => ofThisThread ??= new UpdateLoop<TRule>();

    public void Run(TRule rule, float decay, TensorBuffer weight, TensorBuffer gradient, TensorBuffer? squares, TensorBuffer? a, TensorBuffer? b, TensorBuffer? c)
    {
        (this.rule, this.decay) = (rule, decay);
        (this.weight, this.gradient, this.squares, this.a, this.b, this.c) = (weight, gradient, squares, a, b, c);
        Workers.Run(this, (weight.Length + Block - 1) / Block, (long)OperationsPerNumber * weight.Length);
        // The model's memory is not held any longer.
        (this.weight, this.gradient, this.squares, this.a, this.b, this.c) = (None, None, null, null, null, null);
    }

    void IShardWork.Run(int shard)
    {
        int first = shard * Block, length = Math.Min(Block, weight.Length - first);
        ref float w = ref MemoryMarshal.GetReference(weight.Span[first..]);
        ref float g = ref MemoryMarshal.GetReference(gradient.Span[first..]);
        ref float q = ref First(squares, first);
        ref float sa = ref First(a, first);
        ref float sb = ref First(b, first);
        ref float sc = ref First(c, first);
        var share = new Vector<float>(decay);
        int width = Vector<float>.Count;
        nuint i = 0;
        for (; (int)i <= length - width; i += (nuint)width)
        {
            Vector<float> gi = Vector.LoadUnsafe(ref g, i), qi = squares is null ? gi * gi : Vector.LoadUnsafe(ref q, i);
            Vector<float> wi = Vector.LoadUnsafe(ref w, i), ai = default, bi = default, ci = default;
            if (TRule.StateArrays > 0) { ai = Vector.LoadUnsafe(ref sa, i); }
            if (TRule.StateArrays > 1) { bi = Vector.LoadUnsafe(ref sb, i); }
            if (TRule.StateArrays > 2) { ci = Vector.LoadUnsafe(ref sc, i); }
            wi -= wi * share;
            rule.Update(ref wi, gi, qi, ref ai, ref bi, ref ci);
            wi.StoreUnsafe(ref w, i);
            if (TRule.StateArrays > 0) { ai.StoreUnsafe(ref sa, i); }
            if (TRule.StateArrays > 1) { bi.StoreUnsafe(ref sb, i); }
            if (TRule.StateArrays > 2) { ci.StoreUnsafe(ref sc, i); }
        }

        // The rest, number by number, through the same vector operations.
        for (; (int)i < length; i++)
        {
            Vector<float> wi = Vector.CreateScalar(Unsafe.Add(ref w, i)), gi = Vector.CreateScalar(Unsafe.Add(ref g, i));
            Vector<float> qi = squares is null ? gi * gi : Vector.CreateScalar(Unsafe.Add(ref q, i)), ai = default, bi = default, ci = default;
            if (TRule.StateArrays > 0) { ai = Vector.CreateScalar(Unsafe.Add(ref sa, i)); }
            if (TRule.StateArrays > 1) { bi = Vector.CreateScalar(Unsafe.Add(ref sb, i)); }
            if (TRule.StateArrays > 2) { ci = Vector.CreateScalar(Unsafe.Add(ref sc, i)); }
            wi -= wi * share;
            rule.Update(ref wi, gi, qi, ref ai, ref bi, ref ci);
            Unsafe.Add(ref w, i) = wi[0];
            if (TRule.StateArrays > 0) { Unsafe.Add(ref sa, i) = ai[0]; }
            if (TRule.StateArrays > 1) { Unsafe.Add(ref sb, i) = bi[0]; }
            if (TRule.StateArrays > 2) { Unsafe.Add(ref sc, i) = ci[0]; }
        }
    }

    private static ref float First(TensorBuffer? buffer, int first) => ref MemoryMarshal.GetReference(buffer is null ? [] : buffer.Span[first..]);
}
