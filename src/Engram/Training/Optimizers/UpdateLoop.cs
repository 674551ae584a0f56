using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
/// Numbers do not meet, so the result does not depend on the vector's width.
/// </summary>
internal static class UpdateLoop
{
    /// <summary>
    /// Applies a rule to a weight that first loses the share <paramref name="decay"/> of itself; <paramref name="squares"/> stand for the
    /// squared gradient where they are kept apart (<see cref="Optimizer.Squares"/>).
    /// </summary>
    public static void Run<TRule>(
        TRule rule, double decay, TensorBuffer weight, TensorBuffer gradient, TensorBuffer? squares, TensorBuffer? a = null, TensorBuffer? b = null, TensorBuffer? c = null)
        where TRule : struct, IUpdateRule
    {
        ref float w = ref MemoryMarshal.GetReference(weight.Span);
        ref float g = ref MemoryMarshal.GetReference(gradient.Span);
        ref float q = ref MemoryMarshal.GetReference(squares is null ? [] : squares.Span);
        ref float sa = ref MemoryMarshal.GetReference(a is null ? [] : a.Span);
        ref float sb = ref MemoryMarshal.GetReference(b is null ? [] : b.Span);
        ref float sc = ref MemoryMarshal.GetReference(c is null ? [] : c.Span);
        var share = new Vector<float>((float)decay);
        int width = Vector<float>.Count, length = weight.Length;
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
}
