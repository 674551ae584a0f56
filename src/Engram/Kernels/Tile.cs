using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// The innermost product: a tile of C, up to eight rows by one to three vectors, is held in registers while the contraction runs
/// once through A and B:  C[i, j] = start[i, j] + sum over k, in ascending order, of A[i, k] B[k, j].
/// </summary>
/// <remarks>
/// Everything is addressed by strides, so one tile serves A stored by rows (rowStride, 1) and A stored by columns
/// (1, rowStride), B in packed panels and B in plain rows, and a start that is C itself, a bias row, or zeros.
/// Nothing is called in here, not even for the right edge: a call would make the compiler keep the accumulators in memory.
/// </remarks>
internal static unsafe class Tile
{
    /// <summary>Computes a tile; <typeparamref name="TRows"/> rows of <typeparamref name="TVectors"/> vectors.</summary>
    /// <param name="o">Where the operands are.</param>
    /// <param name="a">The first row of A of this tile.</param>
    /// <param name="b">The first column of B of this tile.</param>
    /// <param name="start">The first element of the start values of this tile.</param>
    /// <param name="c">The first element of C of this tile, which has room for the whole tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute<TIsa, V, TRows, TVectors, TOrder>(in TileOperands o, float* a, float* b, float* start, float* c)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TRows : struct, ICount
        where TVectors : struct, ICount
        where TOrder : struct, IOrder
    {
        nint startRow = o.StartRowStride;
        nint aRow = TOrder.ByRows ? o.ARowStride : 1, aStep = TOrder.ByRows ? 1 : o.AStep, bStep = TOrder.ByRows ? TVectors.Count * TIsa.Lanes : o.BStep;
        V r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default, r6 = default, r7 = default;
        V s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        V t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        LoadRow<TIsa, V, TVectors>(start, ref r0, ref s0, ref t0);
        if (TRows.Count > 1) { LoadRow<TIsa, V, TVectors>(start + startRow, ref r1, ref s1, ref t1); }
        if (TRows.Count > 2) { LoadRow<TIsa, V, TVectors>(start + (2 * startRow), ref r2, ref s2, ref t2); }
        if (TRows.Count > 3) { LoadRow<TIsa, V, TVectors>(start + (3 * startRow), ref r3, ref s3, ref t3); }
        if (TRows.Count > 4) { LoadRow<TIsa, V, TVectors>(start + (4 * startRow), ref r4, ref s4, ref t4); }
        if (TRows.Count > 5) { LoadRow<TIsa, V, TVectors>(start + (5 * startRow), ref r5, ref s5, ref t5); }
        if (TRows.Count > 6) { LoadRow<TIsa, V, TVectors>(start + (6 * startRow), ref r6, ref s6, ref t6); }
        if (TRows.Count > 7) { LoadRow<TIsa, V, TVectors>(start + (7 * startRow), ref r7, ref s7, ref t7); }

        // Four steps at a time, at fixed distances where there are any: what counts pointers and steps takes room beside the products.
        float* a3 = a + (3 * aRow);
        float* a6 = a + (6 * aRow);
        nint k = o.Contraction;
        nint step = TOrder.ByRows ? 1 : 0, aMoves = TOrder.ByRows ? 0 : aStep, bMoves = TOrder.ByRows ? 0 : bStep;
        for (; k >= 4; k -= 4)
        {
            AddStep<TIsa, V, TRows, TVectors, TOrder>(
                a, a3, a6, aRow, b, 0,
                ref r0, ref s0, ref t0, ref r1, ref s1, ref t1, ref r2, ref s2, ref t2, ref r3, ref s3, ref t3, ref r4, ref s4, ref t4, ref r5, ref s5, ref t5, ref r6,
                ref s6, ref t6, ref r7, ref s7, ref t7);
            a += aMoves;
            b += bMoves;
            AddStep<TIsa, V, TRows, TVectors, TOrder>(
                a, a3, a6, aRow, b, step,
                ref r0, ref s0, ref t0, ref r1, ref s1, ref t1, ref r2, ref s2, ref t2, ref r3, ref s3, ref t3, ref r4, ref s4, ref t4, ref r5, ref s5, ref t5, ref r6,
                ref s6, ref t6, ref r7, ref s7, ref t7);
            a += aMoves;
            b += bMoves;
            AddStep<TIsa, V, TRows, TVectors, TOrder>(
                a, a3, a6, aRow, b, 2 * step,
                ref r0, ref s0, ref t0, ref r1, ref s1, ref t1, ref r2, ref s2, ref t2, ref r3, ref s3, ref t3, ref r4, ref s4, ref t4, ref r5, ref s5, ref t5, ref r6,
                ref s6, ref t6, ref r7, ref s7, ref t7);
            a += aMoves;
            b += bMoves;
            AddStep<TIsa, V, TRows, TVectors, TOrder>(
                a, a3, a6, aRow, b, 3 * step,
                ref r0, ref s0, ref t0, ref r1, ref s1, ref t1, ref r2, ref s2, ref t2, ref r3, ref s3, ref t3, ref r4, ref s4, ref t4, ref r5, ref s5, ref t5, ref r6,
                ref s6, ref t6, ref r7, ref s7, ref t7);
            a += TOrder.ByRows ? 4 : aStep;
            a3 += 4;
            a6 += 4;
            b += TOrder.ByRows ? 4 * bStep : bStep;
        }

        for (; k > 0; k--)
        {
            AddStep<TIsa, V, TRows, TVectors, TOrder>(
                a, a3, a6, aRow, b, 0,
                ref r0, ref s0, ref t0, ref r1, ref s1, ref t1, ref r2, ref s2, ref t2, ref r3, ref s3, ref t3, ref r4, ref s4, ref t4, ref r5, ref s5, ref t5, ref r6,
                ref s6, ref t6, ref r7, ref s7, ref t7);
            a += aStep;
            a3 += aStep;
            a6 += aStep;
            b += bStep;
        }

        nint cRow = o.CRowStride;
        StoreRow<TIsa, V, TVectors>(c, r0, s0, t0);
        if (TRows.Count > 1) { StoreRow<TIsa, V, TVectors>(c + cRow, r1, s1, t1); }
        if (TRows.Count > 2) { StoreRow<TIsa, V, TVectors>(c + (2 * cRow), r2, s2, t2); }
        if (TRows.Count > 3) { StoreRow<TIsa, V, TVectors>(c + (3 * cRow), r3, s3, t3); }
        if (TRows.Count > 4) { StoreRow<TIsa, V, TVectors>(c + (4 * cRow), r4, s4, t4); }
        if (TRows.Count > 5) { StoreRow<TIsa, V, TVectors>(c + (5 * cRow), r5, s5, t5); }
        if (TRows.Count > 6) { StoreRow<TIsa, V, TVectors>(c + (6 * cRow), r6, s6, t6); }
        if (TRows.Count > 7) { StoreRow<TIsa, V, TVectors>(c + (7 * cRow), r7, s7, t7); }
    }

    /// <summary>
    /// Computes one row by two to four panels of three vectors: a single row has too few sums in a tile of the usual width to keep the
    /// adders busy.
    /// </summary>
    /// <param name="o">Where the operands are.</param>
    /// <param name="a">The row of A.</param>
    /// <param name="b">The first column of B of this tile.</param>
    /// <param name="panelStride">From one panel of B to the next.</param>
    /// <param name="start">The first element of the start values of this tile.</param>
    /// <param name="c">The first element of C of this tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputeRow<TIsa, V, TPanels>(in TileOperands o, float* a, float* b, nint panelStride, float* start, float* c)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TPanels : struct, ICount
    {
        nint aStep = o.AStep, bStep = o.BStep, panel = 3 * TIsa.Lanes;
        float* b1 = b + panelStride;
        float* b2 = b + (2 * panelStride);
        float* b3 = b + (3 * panelStride);
        V r0 = default, r1 = default, r2 = default, r3 = default;
        V s0 = default, s1 = default, s2 = default, s3 = default;
        V t0 = default, t1 = default, t2 = default, t3 = default;
        LoadRow<TIsa, V, Three>(start, ref r0, ref s0, ref t0);
        LoadRow<TIsa, V, Three>(start + panel, ref r1, ref s1, ref t1);
        if (TPanels.Count > 2) { LoadRow<TIsa, V, Three>(start + (2 * panel), ref r2, ref s2, ref t2); }
        if (TPanels.Count > 3) { LoadRow<TIsa, V, Three>(start + (3 * panel), ref r3, ref s3, ref t3); }
        for (nint k = o.Contraction; k > 0; k--)
        {
            V x = TIsa.Create(*a);
            AddRow<TIsa, V, Three>(x, TIsa.Load(b), TIsa.Load(b + TIsa.Lanes), TIsa.Load(b + (2 * TIsa.Lanes)), ref r0, ref s0, ref t0);
            AddRow<TIsa, V, Three>(x, TIsa.Load(b1), TIsa.Load(b1 + TIsa.Lanes), TIsa.Load(b1 + (2 * TIsa.Lanes)), ref r1, ref s1, ref t1);
            if (TPanels.Count > 2)
            {
                AddRow<TIsa, V, Three>(x, TIsa.Load(b2), TIsa.Load(b2 + TIsa.Lanes), TIsa.Load(b2 + (2 * TIsa.Lanes)), ref r2, ref s2, ref t2);
            }

            if (TPanels.Count > 3)
            {
                AddRow<TIsa, V, Three>(x, TIsa.Load(b3), TIsa.Load(b3 + TIsa.Lanes), TIsa.Load(b3 + (2 * TIsa.Lanes)), ref r3, ref s3, ref t3);
            }

            a += aStep;
            b += bStep;
            b1 += bStep;
            b2 += bStep;
            b3 += bStep;
        }

        StoreRow<TIsa, V, Three>(c, r0, s0, t0);
        StoreRow<TIsa, V, Three>(c + panel, r1, s1, t1);
        if (TPanels.Count > 2) { StoreRow<TIsa, V, Three>(c + (2 * panel), r2, s2, t2); }
        if (TPanels.Count > 3) { StoreRow<TIsa, V, Three>(c + (3 * panel), r3, s3, t3); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadRow<TIsa, V, TVectors>(float* start, ref V first, ref V second, ref V third)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TVectors : struct, ICount
    {
        first = TIsa.Load(start);
        if (TVectors.Count > 1) { second = TIsa.Load(start + TIsa.Lanes); }
        if (TVectors.Count > 2) { third = TIsa.Load(start + (2 * TIsa.Lanes)); }
    }

    // One step of the contraction: the outer product of a column of A and a row of B, "step" further.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddStep<TIsa, V, TRows, TVectors, TOrder>(
        float* a, float* a3, float* a6, nint aRow, float* b, nint step,
        ref V r0, ref V s0, ref V t0, ref V r1, ref V s1, ref V t1, ref V r2, ref V s2, ref V t2, ref V r3, ref V s3, ref V t3, ref V r4, ref V s4, ref V t4, ref V r5,
        ref V s5, ref V t5, ref V r6, ref V s6, ref V t6, ref V r7, ref V s7, ref V t7)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TRows : struct, ICount
        where TVectors : struct, ICount
        where TOrder : struct, IOrder
    {
        nint at = step * TVectors.Count * TIsa.Lanes;
        // Where the rows of A lie side by side, three and six rows further are numbers known now.
        nint three = TOrder.ByRows ? 0 : 3;
        if (!TOrder.ByRows)
        {
            a3 = a;
            a6 = a;
        }

        V b0 = TIsa.Load(b + at);
        V b1 = TVectors.Count > 1 ? TIsa.Load(b + at + TIsa.Lanes) : default;
        V b2 = TVectors.Count > 2 ? TIsa.Load(b + at + (2 * TIsa.Lanes)) : default;
        if (TRows.Count > 0) { AddRow<TIsa, V, TVectors>(TIsa.Create(a[step]), b0, b1, b2, ref r0, ref s0, ref t0); }
        if (TRows.Count > 1) { AddRow<TIsa, V, TVectors>(TIsa.Create(a[aRow + step]), b0, b1, b2, ref r1, ref s1, ref t1); }
        if (TRows.Count > 2) { AddRow<TIsa, V, TVectors>(TIsa.Create(a[(2 * aRow) + step]), b0, b1, b2, ref r2, ref s2, ref t2); }
        if (TRows.Count > 3) { AddRow<TIsa, V, TVectors>(TIsa.Create(a3[three + step]), b0, b1, b2, ref r3, ref s3, ref t3); }
        if (TRows.Count > 4) { AddRow<TIsa, V, TVectors>(TIsa.Create(a3[three + aRow + step]), b0, b1, b2, ref r4, ref s4, ref t4); }
        if (TRows.Count > 5) { AddRow<TIsa, V, TVectors>(TIsa.Create(a3[three + (2 * aRow) + step]), b0, b1, b2, ref r5, ref s5, ref t5); }
        if (TRows.Count > 6) { AddRow<TIsa, V, TVectors>(TIsa.Create(a6[(2 * three) + step]), b0, b1, b2, ref r6, ref s6, ref t6); }
        if (TRows.Count > 7) { AddRow<TIsa, V, TVectors>(TIsa.Create(a6[(2 * three) + aRow + step]), b0, b1, b2, ref r7, ref s7, ref t7); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TIsa, V, TVectors>(V x, V b0, V b1, V b2, ref V first, ref V second, ref V third)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TVectors : struct, ICount
    {
        first = TIsa.MultiplyAdd(x, b0, first);
        if (TVectors.Count > 1) { second = TIsa.MultiplyAdd(x, b1, second); }
        if (TVectors.Count > 2) { third = TIsa.MultiplyAdd(x, b2, third); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TIsa, V, TVectors>(float* c, V first, V second, V third)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TVectors : struct, ICount
    {
        TIsa.Store(c, first);
        if (TVectors.Count > 1) { TIsa.Store(c + TIsa.Lanes, second); }
        if (TVectors.Count > 2) { TIsa.Store(c + (2 * TIsa.Lanes), third); }
    }
}

/// <summary>Strides, in elements, and the contraction length of a product; see <see cref="Tile"/>.</summary>
internal struct TileOperands
{
    /// <summary>The number of products in each sum.</summary>
    public nint Contraction;

    /// <summary>From A[i, k] to A[i + 1, k].</summary>
    public nint ARowStride;

    /// <summary>From A[i, k] to A[i, k + 1].</summary>
    public nint AStep;

    /// <summary>From B[k, j] to B[k + 1, j].</summary>
    public nint BStep;

    /// <summary>From one row of start values to the next; 0 for a bias row that is the same for all.</summary>
    public nint StartRowStride;

    /// <summary>From C[i, j] to C[i + 1, j].</summary>
    public nint CRowStride;
}

/// <summary>In which order the operands of a product lie in memory, known when code is compiled.</summary>
internal interface IOrder
{
    /// <summary>
    /// Whether A is stored by rows (<see cref="TileOperands.AStep"/> is 1) and B in packed panels as wide as the tile; otherwise A is stored by columns
    /// (<see cref="TileOperands.ARowStride"/> is 1).
    /// </summary>
    static abstract bool ByRows { get; }
}

internal readonly struct ByRows : IOrder { static bool IOrder.ByRows => true; }

internal readonly struct ByColumns : IOrder { static bool IOrder.ByRows => false; }

/// <summary>A number known when code is compiled, so that the rows a tile does not have cost nothing.</summary>
internal interface ICount
{
    static abstract int Count { get; }
}

internal readonly struct One : ICount { public static int Count => 1; }

internal readonly struct Two : ICount { public static int Count => 2; }

internal readonly struct Three : ICount { public static int Count => 3; }

internal readonly struct Four : ICount { public static int Count => 4; }

internal readonly struct Five : ICount { public static int Count => 5; }

internal readonly struct Six : ICount { public static int Count => 6; }

internal readonly struct Seven : ICount { public static int Count => 7; }

internal readonly struct Eight : ICount { public static int Count => 8; }
