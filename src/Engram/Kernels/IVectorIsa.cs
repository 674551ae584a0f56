using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>The vector operations that kernels are written in, one implementation for each width.</summary>
/// <typeparam name="V">The vector of floats.</typeparam>
internal unsafe interface IVectorIsa<V> where V : struct
{
    /// <summary>The number of floats in a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>How many rows a register tile of so many vectors a row (1 to 3) may have before accumulators no longer fit the registers.</summary>
    static abstract int TileRows(int vectors);

    /// <summary>All lanes zero.</summary>
    static abstract V Zero { get; }

    static abstract V Create(float value);

    static abstract V Load(float* source);

    static abstract void Store(float* destination, V value);

    /// <summary>Stores the first <paramref name="count"/> lanes (fewer than all) and touches nothing behind them.</summary>
    static abstract void StorePartial(float* destination, V value, int count);

    static abstract V Add(V left, V right);

    static abstract V Subtract(V left, V right);

    static abstract V Multiply(V left, V right);

    static abstract V Divide(V left, V right);

    /// <summary>a b + c with one rounding.</summary>
    static abstract V MultiplyAdd(V a, V b, V c);

    /// <summary>The smaller of limit and value; a NaN in <paramref name="value"/> stays.</summary>
    static abstract V AtMost(V limit, V value);

    /// <summary>The larger of limit and value; a NaN in <paramref name="value"/> stays.</summary>
    static abstract V AtLeast(V limit, V value);

    /// <summary>The value, but 0 in lanes where x is at most the limit; where x or the limit is NaN, the value.</summary>
    static abstract V ZeroWhereAtMost(V x, V limit, V value);

    /// <summary>The nearest whole number, ties to even.</summary>
    static abstract V Round(V value);

    /// <summary>2^n for whole numbers n in -127 (which gives 0) to 128 (which gives infinity).</summary>
    static abstract V PowerOfTwo(V n);

    /// <summary>2^n for n + <see cref="ExponentShift"/>, n a whole number in -127 (which gives 0) to 128 (which gives infinity).</summary>
    static abstract V LowBitsToExponent(V value);

    /// <summary>
    /// Added to a number far smaller than itself, rounds it to a whole number n, which then stands in the lowest bits: n + 127, the
    /// biased exponent of 2^n.
    /// </summary>
    const float ExponentShift = (1.5f * (1 << 23)) + 127f;

    /// <summary>From two bfloat16 in each lane, the one in its lower bits as a 32-bit float.</summary>
    static abstract V WidenLower(V pairs);

    /// <summary>From two bfloat16 in each lane, the one in its upper bits as a 32-bit float.</summary>
    static abstract V WidenUpper(V pairs);
}

/// <summary>What every loop over vectors does at its end.</summary>
internal static unsafe class Edge
{
    /// <summary>Stores a vector, or as much of it as there is room for.</summary>
    /// <param name="destination">Where the first lane goes.</param>
    /// <param name="value">The vector.</param>
    /// <param name="left">The number of elements from there to the end, at least 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TIsa, V>(float* destination, V value, int left) where TIsa : struct, IVectorIsa<V> where V : struct
    {
        if (left >= TIsa.Lanes) { TIsa.Store(destination, value); }
        else { TIsa.StorePartial(destination, value, left); }
    }
}

/// <summary>
/// How a loop stores its vectors, known when code is compiled: a long body is compiled for whole vectors and, once more, for what is left at
/// the end, so that no store asks how much room there is.
/// </summary>
internal unsafe interface IStore
{
    /// <summary>Stores a vector, or the first <paramref name="left"/> lanes of it.</summary>
    static abstract void Store<TIsa, V>(float* destination, V value, int left) where TIsa : struct, IVectorIsa<V> where V : struct;
}

internal readonly unsafe struct WholeVector : IStore
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TIsa, V>(float* destination, V value, int left) where TIsa : struct, IVectorIsa<V> where V : struct =>
        TIsa.Store(destination, value);
}

internal readonly unsafe struct PartOfVector : IStore
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TIsa, V>(float* destination, V value, int left) where TIsa : struct, IVectorIsa<V> where V : struct =>
        TIsa.StorePartial(destination, value, left);
}
