using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// A function of one number as recurrent cells apply it to their gates, for vectors of any width: a struct, so that the cell's loop is
/// compiled for it with nothing called inside.
/// </summary>
internal interface IGateFunction
{
    /// <summary>y = f(x).</summary>
    static abstract V Value<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct;

    /// <summary>f'(x) from y = f(x).</summary>
    static abstract V Slope<TIsa, V>(V y) where TIsa : struct, IVectorIsa<V> where V : struct;
}

/// <summary>tanh(x); the slope is 1 - y².</summary>
internal readonly struct TanhGate : IGateFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct => VectorMath.Tanh<TIsa, V>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<TIsa, V>(V y) where TIsa : struct, IVectorIsa<V> where V : struct =>
        TIsa.Subtract(TIsa.Create(1f), TIsa.Multiply(y, y));
}

/// <summary>sigmoid(x); the slope is y (1 - y).</summary>
internal readonly struct SigmoidGate : IGateFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct => VectorMath.Sigmoid<TIsa, V>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<TIsa, V>(V y) where TIsa : struct, IVectorIsa<V> where V : struct =>
        TIsa.Multiply(y, TIsa.Subtract(TIsa.Create(1f), y));
}

/// <summary>max(x, 0); the slope is 1 where y is above 0.</summary>
internal readonly struct ReluGate : IGateFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct => TIsa.AtLeast(TIsa.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<TIsa, V>(V y) where TIsa : struct, IVectorIsa<V> where V : struct =>
        TIsa.ZeroWhereAtMost(y, TIsa.Zero, TIsa.Create(1f));
}

/// <summary>x / 6 + 1/2, at least 0 and at most 1; the slope is 1/6 between.</summary>
internal readonly struct HardSigmoidGate : IGateFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<TIsa, V>(V x) where TIsa : struct, IVectorIsa<V> where V : struct => TIsa.Divide(
        TIsa.AtMost(TIsa.Create(6f), TIsa.AtLeast(TIsa.Zero, TIsa.Add(x, TIsa.Create(3f)))), TIsa.Create(6f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<TIsa, V>(V y) where TIsa : struct, IVectorIsa<V> where V : struct => TIsa.ZeroWhereAtMost(
        y, TIsa.Zero, TIsa.ZeroWhereAtMost(TIsa.Create(1f), y, TIsa.Create(1f / 6)));
}
