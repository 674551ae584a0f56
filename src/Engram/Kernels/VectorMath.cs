using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// exp, sigmoid and tanh on vectors, the same bits on every tier. Sigmoid and tanh have an absolute error of at most 2.4e-7 for
/// every input, are right at infinities, and NaN stays NaN.
/// </summary>
internal static class VectorMath
{
    private const float Log2E = 1.44269504f;
    private const float Ln2 = 0.693147181f;

    // ln 2 in two parts: n times the first is exact for every n that occurs.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>e^x; 0 below -104, infinity above 88.8, relative error below 2e-7 elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct
    {
        x = TIsa.AtMost(TIsa.Create(89f), TIsa.AtLeast(TIsa.Create(-104f), x));
        V n = TIsa.Round(TIsa.Multiply(x, TIsa.Create(Log2E)));

        // 2^n in two factors, so that neither leaves the range of floats before the product does.
        V half = TIsa.Round(TIsa.Multiply(n, TIsa.Create(0.5f)));
        V mantissa = ExpOfRemainder<TIsa, V>(x, n);
        return TIsa.Multiply(TIsa.Multiply(mantissa, TIsa.PowerOfTwo(half)), TIsa.PowerOfTwo(TIsa.Subtract(n, half)));
    }

    /// <summary>sigmoid(x) = 1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct
    {
        // At 2^128 the exponential is infinite and the quotient 0; below 2^-126 the quotient stays 1.
        ExpFraction<TIsa, V>(Limit<TIsa, V>(x, -128f * Ln2, 126f * Ln2), -Log2E, out V p, out V q, out V power);
        return TIsa.Divide(q, TIsa.MultiplyAdd(p, power, q));
    }

    /// <summary>tanh(x) = (1 - e^-2x) / (1 + e^-2x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct
    {
        ExpFraction<TIsa, V>(Limit<TIsa, V>(x, -10f, 10f), -2f * Log2E, out V p, out V q, out V power);
        V e = TIsa.Multiply(p, power);
        return TIsa.Divide(TIsa.Subtract(q, e), TIsa.Add(q, e));
    }

    // 2^(s x) = power p / q: whoever divides anyway divides but once. With s x = n + r, n whole, power = 2^n and
    // 2^r = (A + r) / (A - r), where A = r / tanh(r ln 2 / 2) is even: degree 2 in r^2 has an error of 2e-9 over all of [-1/2, 1/2].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ExpFraction<TIsa, V>(V x, float scale, out V p, out V q, out V power)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        // Constants stand where they are used: as variables the compiler would copy them from register to register each time.
        V shifted = TIsa.MultiplyAdd(x, TIsa.Create(scale), TIsa.Create(IVectorIsa<V>.ExponentShift));
        V r = TIsa.MultiplyAdd(x, TIsa.Create(scale), TIsa.Subtract(TIsa.Create(IVectorIsa<V>.ExponentShift), shifted));
        V r2 = TIsa.Multiply(r, r);
        V a = TIsa.MultiplyAdd(TIsa.Create(-9.2111352e-4f), r2, TIsa.Create(0.11552416f));
        a = TIsa.MultiplyAdd(a, r2, TIsa.Create(2.8853901f));
        p = TIsa.Add(a, r);
        q = TIsa.Subtract(a, r);
        power = TIsa.LowBitsToExponent(shifted);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Limit<TIsa, V>(V x, float least, float most) where TIsa : struct, IVectorIsa<V> where V : struct =>
        TIsa.AtMost(TIsa.Create(most), TIsa.AtLeast(TIsa.Create(least), x));

    /// <summary>ln sigmoid(x) = min(x, 0) - ln(1 + e^-|x|), where ln(1 + t) = 2 artanh(t / (2 + t)) by its series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogSigmoid<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct
    {
        V negative = TIsa.Subtract(TIsa.Zero, x);
        V t = Exp<TIsa, V>(TIsa.AtMost(x, negative));
        V s = TIsa.Divide(t, TIsa.Add(t, TIsa.Create(2f))); // at most 1/3
        V s2 = TIsa.Multiply(s, s);
        V p = TIsa.MultiplyAdd(TIsa.Create(2f / 15), s2, TIsa.Create(2f / 13));
        p = TIsa.MultiplyAdd(p, s2, TIsa.Create(2f / 11));
        p = TIsa.MultiplyAdd(p, s2, TIsa.Create(2f / 9));
        p = TIsa.MultiplyAdd(p, s2, TIsa.Create(2f / 7));
        p = TIsa.MultiplyAdd(p, s2, TIsa.Create(2f / 5));
        p = TIsa.MultiplyAdd(p, s2, TIsa.Create(2f / 3));
        p = TIsa.MultiplyAdd(p, s2, TIsa.Create(2f));
        return TIsa.Subtract(TIsa.AtMost(TIsa.Zero, x), TIsa.Multiply(p, s));
    }

    /// <summary>Applies a function to numbers; the result at a place does not depend on the place. May work in place.</summary>
    public static unsafe void Apply(VectorFunction function, ReadOnlySpan<float> x, Span<float> y)
    {
        fixed (float* source = x, target = y)
        {
            var kernel = new ApplyKernel { Function = function, X = source, Y = target, Count = x.Length };
            Isa.Run(ref kernel);
        }
    }

    // e^r for r = x - n ln 2 in [-0.35, 0.35]: a minimax polynomial of degree 7 (Cephes, expf).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpOfRemainder<TIsa, V>(V x, V n) where TIsa : struct, IVectorIsa<V> where V : struct
    {
        V r = TIsa.MultiplyAdd(n, TIsa.Create(-Ln2High), x);
        r = TIsa.MultiplyAdd(n, TIsa.Create(-Ln2Low), r);

        // Pairs of coefficients first (Estrin): half the length of the chain of dependent operations.
        V r2 = TIsa.Multiply(r, r);
        V p = TIsa.MultiplyAdd(TIsa.Create(1.9875691500e-4f), r, TIsa.Create(1.3981999507e-3f));
        V q = TIsa.MultiplyAdd(TIsa.Create(8.3334519073e-3f), r, TIsa.Create(4.1665795894e-2f));
        V s = TIsa.MultiplyAdd(TIsa.Create(1.6666665459e-1f), r, TIsa.Create(5.0000001201e-1f));
        p = TIsa.MultiplyAdd(TIsa.MultiplyAdd(p, r2, q), r2, s);
        return TIsa.Add(TIsa.MultiplyAdd(p, r2, r), TIsa.Create(1f));
    }

    private unsafe struct ApplyKernel : IKernel
    {
        public VectorFunction Function;
        public float* X;
        public float* Y;
        public int Count;

        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            switch (Function)
            {
                case VectorFunction.Exp: Loop<TIsa, V, ExpFunction>(); break;
                case VectorFunction.Sigmoid: Loop<TIsa, V, SigmoidFunction>(); break;
                default: Loop<TIsa, V, TanhFunction>(); break;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Loop<TIsa, V, TFunction>()
            where TIsa : struct, IVectorIsa<V>
            where V : struct
            where TFunction : struct, IFunction
        {
            int i = 0;
            for (; i <= Count - TIsa.Lanes; i += TIsa.Lanes) { TIsa.Store(Y + i, TFunction.Of<TIsa, V>(TIsa.Load(X + i))); }
            if (i == Count) { return; }

            // The memory is the caller's: nothing behind its end is read.
            float* rest = stackalloc float[TIsa.Lanes];
            for (int j = 0; j < TIsa.Lanes; j++) { rest[j] = i + j < Count ? X[i + j] : 0; }
            TIsa.StorePartial(Y + i, TFunction.Of<TIsa, V>(TIsa.Load(rest)), Count - i);
        }
    }

    private interface IFunction
    {
        static abstract V Of<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct;
    }

    private readonly struct ExpFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct => Exp<TIsa, V>(x);
    }

    private readonly struct SigmoidFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct => Sigmoid<TIsa, V>(x);
    }

    private readonly struct TanhFunction : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static V Of<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct => Tanh<TIsa, V>(x);
    }
}

/// <summary>The functions of <see cref="VectorMath"/>.</summary>
internal enum VectorFunction
{
    Exp,
    Sigmoid,
    Tanh,
}
