using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>The transcendental functions that activations are made of, accurate to a few units in the last place.</summary>
internal static class VectorFunctions
{
    internal static Vector256<float> One => Vector256<float>.One;

    internal static Vector256<float> OneHalf => Vector256.Create(0.5f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Exp(Vector256<float> x) => VectorMath.Exp<Isa256, Vector256<float>>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Log(Vector256<float> x) => Vector256.Log(x);

    /// <summary>1 / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Sigmoid(Vector256<float> x) => One / (One + Exp(-x));

    /// <summary>
    /// tanh(x). Near 0, where 1 - 2 / (exp(2|x|) + 1) would lose digits, x + x³ p(x²) with p the Chebyshev interpolant of degree 4.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Tanh(Vector256<float> x)
    {
        Vector256<float> a = Vector256.Abs(x);
        Vector256<float> far = One - (Vector256.Create(2f) / (Exp(a + a) + One));
        Vector256<float> x2 = x * x;
        Vector256<float> p = Vector256.Create(-0.00626911972f);
        p = Vector256.FusedMultiplyAdd(p, x2, Vector256.Create(0.02111095905f));
        p = Vector256.FusedMultiplyAdd(p, x2, Vector256.Create(-0.05387394885f));
        p = Vector256.FusedMultiplyAdd(p, x2, Vector256.Create(0.1333291537f));
        p = Vector256.FusedMultiplyAdd(p, x2, Vector256.Create(-0.3333333033f));
        Vector256<float> near = Vector256.FusedMultiplyAdd(x2 * p, x, x);
        return Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256.Create(0.6f)), near, Vector256.CopySign(far, x));
    }

    /// <summary>exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which keeps its digits near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> ExpMinusOne(Vector256<float> x) => Tanh(x * OneHalf) * (Exp(x) + One);

    /// <summary>log(1 + t) for t in [0, 1]: the rounding error of u = 1 + t cancels in t / (u - 1) log(u).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> LogOnePlus(Vector256<float> t)
    {
        Vector256<float> u = One + t;
        Vector256<float> d = u - One;
        return Vector256.ConditionalSelect(Vector256.Equals(d, Vector256<float>.Zero), t, Log(u) * (t / d));
    }

    /// <summary>log(1 + exp(x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Softplus(Vector256<float> x) =>
        Vector256.Max(x, Vector256<float>.Zero) + LogOnePlus(Exp(-Vector256.Abs(x)));

    /// <summary>
    /// The standard normal distribution function. With t = |x| / √2 and s = 1 / (1 + 0.4 t), erfc(t) = exp(-t²) s p(s), where p is the
    /// Chebyshev interpolant of degree 8.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> NormalCumulative(Vector256<float> x)
    {
        Vector256<float> t = Vector256.Abs(x) * Vector256.Create(0.70710678f);
        Vector256<float> s = One / Vector256.FusedMultiplyAdd(t, Vector256.Create(0.4f), One);
        Vector256<float> p = Vector256.Create(0.038508509f);
        p = Vector256.FusedMultiplyAdd(p, s, Vector256.Create(-0.1274464349f));
        p = Vector256.FusedMultiplyAdd(p, s, Vector256.Create(0.05845088799f));
        p = Vector256.FusedMultiplyAdd(p, s, Vector256.Create(0.1158586134f));
        p = Vector256.FusedMultiplyAdd(p, s, Vector256.Create(0.06146568687f));
        p = Vector256.FusedMultiplyAdd(p, s, Vector256.Create(0.2007425484f));
        p = Vector256.FusedMultiplyAdd(p, s, Vector256.Create(0.200125255f));
        p = Vector256.FusedMultiplyAdd(p, s, Vector256.Create(0.2266732652f));
        p = Vector256.FusedMultiplyAdd(p, s, Vector256.Create(0.2256217069f));
        Vector256<float> tail = OneHalf * Exp(-OneHalf * x * x) * s * p;
        return Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), tail, One - tail);
    }
}
