using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>The softmax of scores over the keys that a query may attend to, and its derivative, a row at a time.</summary>
internal static unsafe class AttentionSoftmax
{
    private static int Lanes => Vector256<float>.Count;

    /// <summary>
    /// p_s = exp(c z_s - m) / Σ_j exp(c z_j - m) over the keys that are allowed, m the largest c z; 0 for all others. In place.
    /// </summary>
    /// <param name="row">z: (keys).</param>
    /// <param name="first">The first key that may be allowed.</param>
    /// <param name="end">The end of the keys that may be allowed.</param>
    /// <param name="a">Above one half for keys that are allowed: (keys), or null.</param>
    /// <param name="b">The same once more.</param>
    /// <param name="scale">c.</param>
    /// <returns>Whether any key was allowed; where none was, the row stays as it is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool Forward(Span<float> row, int first, int end, float* a, float* b, float scale)
    {
        Span<float> z = row[first..end];
        var keepA = new ReadOnlySpan<float>(a + first, a is null ? 0 : z.Length);
        var keepB = new ReadOnlySpan<float>(b + first, b is null ? 0 : z.Length);
        Vector256<float> c = Vector256.Create(scale), nothing = Vector256.Create(float.NegativeInfinity);
        Vector256<float> largest = nothing;
        for (int i = 0; i < z.Length; i += Lanes)
        {
            largest = Vector256.Max(largest, Padded.Beyond(Keep(c * Padded.Load(z, i), nothing, keepA, keepB, i), i, z.Length, float.NegativeInfinity));
        }

        float max = largest[0];
        for (int lane = 1; lane < Lanes; lane++) { max = MathF.Max(max, largest[lane]); }
        if (float.IsNegativeInfinity(max)) { return false; }

        Vector256<float> m = Vector256.Create(max), sum = default;
        for (int i = 0; i < z.Length; i += Lanes)
        {
            Vector256<float> e = Keep(VectorFunctions.Exp((c * Padded.Load(z, i)) - m), default, keepA, keepB, i);
            sum += Padded.Beyond(e, i, z.Length, 0);
            Padded.Store(e, z, i);
        }

        Vector256<float> share = Vector256.Create(1 / Padded.Sum(sum));
        for (int i = 0; i < z.Length; i += Lanes) { Padded.Store(Padded.Load(z, i) * share, z, i); }
        row[..first].Clear();
        row[end..].Clear();
        return true;
    }

    /// <summary>
    /// The derivative with respect to c z, in place: dz = g - p Σ_j g_j for g = d dd + p dp, with d the weights after dropout, dd their
    /// gradient and dp that of the weights before it.
    /// </summary>
    /// <param name="dDropped">dd: (keys), overwritten by dz.</param>
    /// <param name="dropped">d.</param>
    /// <param name="p">p.</param>
    /// <param name="dp">dp, or empty for none.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(Span<float> dDropped, ReadOnlySpan<float> dropped, ReadOnlySpan<float> p, ReadOnlySpan<float> dp)
    {
        Vector256<float> sum = default;
        for (int i = 0; i < p.Length; i += Lanes)
        {
            Vector256<float> g = Padded.Load(dDropped, i) * Padded.Load(dropped, i);
            if (dp.Length > 0) { g += Padded.Load(dp, i) * Padded.Load(p, i); }
            sum += g;
            Padded.Store(g, dDropped, i);
        }

        Vector256<float> total = Vector256.Create(Padded.Sum(sum));
        for (int i = 0; i < p.Length; i += Lanes)
        {
            Padded.Store(Padded.Load(dDropped, i) - (Padded.Load(p, i) * total), dDropped, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Keep(Vector256<float> value, Vector256<float> otherwise, ReadOnlySpan<float> a, ReadOnlySpan<float> b, int i)
    {
        Vector256<float> half = VectorFunctions.OneHalf;
        if (a.Length > 0) { value = Vector256.ConditionalSelect(Vector256.GreaterThan(Padded.Load(a, i), half), value, otherwise); }
        if (b.Length > 0) { value = Vector256.ConditionalSelect(Vector256.GreaterThan(Padded.Load(b, i), half), value, otherwise); }
        return value;
    }
}
