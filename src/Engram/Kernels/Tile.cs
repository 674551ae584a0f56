using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// The innermost product: a tile of C, up to eight rows by one or two vectors, is held in registers while the contraction runs
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
    public static void Compute<TIsa, V, TRows, TVectors>(in TileOperands o, float* a, float* b, float* start, float* c)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TRows : struct, ICount
        where TVectors : struct, ICount
    {
        nint startRow = o.StartRowStride, aRow = o.ARowStride, aStep = o.AStep, bStep = o.BStep;
        V r0 = TIsa.Load(start), r1 = default, r2 = default, r3 = default, r4 = default, r5 = default, r6 = default, r7 = default;
        V s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        if (TRows.Count > 1) { r1 = TIsa.Load(start + startRow); }
        if (TRows.Count > 2) { r2 = TIsa.Load(start + (2 * startRow)); }
        if (TRows.Count > 3) { r3 = TIsa.Load(start + (3 * startRow)); }
        if (TRows.Count > 4) { r4 = TIsa.Load(start + (4 * startRow)); }
        if (TRows.Count > 5) { r5 = TIsa.Load(start + (5 * startRow)); }
        if (TRows.Count > 6) { r6 = TIsa.Load(start + (6 * startRow)); }
        if (TRows.Count > 7) { r7 = TIsa.Load(start + (7 * startRow)); }
        if (TVectors.Count > 1)
        {
            start += TIsa.Lanes;
            s0 = TIsa.Load(start);
            if (TRows.Count > 1) { s1 = TIsa.Load(start + startRow); }
            if (TRows.Count > 2) { s2 = TIsa.Load(start + (2 * startRow)); }
            if (TRows.Count > 3) { s3 = TIsa.Load(start + (3 * startRow)); }
            if (TRows.Count > 4) { s4 = TIsa.Load(start + (4 * startRow)); }
            if (TRows.Count > 5) { s5 = TIsa.Load(start + (5 * startRow)); }
            if (TRows.Count > 6) { s6 = TIsa.Load(start + (6 * startRow)); }
            if (TRows.Count > 7) { s7 = TIsa.Load(start + (7 * startRow)); }
        }

        float* a3 = a + (3 * aRow);
        float* a6 = a + (6 * aRow);
        for (nint k = o.Contraction; k > 0; k--)
        {
            V b0 = TIsa.Load(b);
            V b1 = TVectors.Count > 1 ? TIsa.Load(b + TIsa.Lanes) : default;
            V x = TIsa.Create(*a);
            r0 = TIsa.MultiplyAdd(x, b0, r0);
            if (TVectors.Count > 1) { s0 = TIsa.MultiplyAdd(x, b1, s0); }
            if (TRows.Count > 1)
            {
                x = TIsa.Create(a[aRow]);
                r1 = TIsa.MultiplyAdd(x, b0, r1);
                if (TVectors.Count > 1) { s1 = TIsa.MultiplyAdd(x, b1, s1); }
            }

            if (TRows.Count > 2)
            {
                x = TIsa.Create(a[2 * aRow]);
                r2 = TIsa.MultiplyAdd(x, b0, r2);
                if (TVectors.Count > 1) { s2 = TIsa.MultiplyAdd(x, b1, s2); }
            }

            if (TRows.Count > 3)
            {
                x = TIsa.Create(*a3);
                r3 = TIsa.MultiplyAdd(x, b0, r3);
                if (TVectors.Count > 1) { s3 = TIsa.MultiplyAdd(x, b1, s3); }
            }

            if (TRows.Count > 4)
            {
                x = TIsa.Create(a3[aRow]);
                r4 = TIsa.MultiplyAdd(x, b0, r4);
                if (TVectors.Count > 1) { s4 = TIsa.MultiplyAdd(x, b1, s4); }
            }

            if (TRows.Count > 5)
            {
                x = TIsa.Create(a3[2 * aRow]);
                r5 = TIsa.MultiplyAdd(x, b0, r5);
                if (TVectors.Count > 1) { s5 = TIsa.MultiplyAdd(x, b1, s5); }
            }

            if (TRows.Count > 6)
            {
                x = TIsa.Create(*a6);
                r6 = TIsa.MultiplyAdd(x, b0, r6);
                if (TVectors.Count > 1) { s6 = TIsa.MultiplyAdd(x, b1, s6); }
            }

            if (TRows.Count > 7)
            {
                x = TIsa.Create(a6[aRow]);
                r7 = TIsa.MultiplyAdd(x, b0, r7);
                if (TVectors.Count > 1) { s7 = TIsa.MultiplyAdd(x, b1, s7); }
            }

            a += aStep;
            a3 += aStep;
            a6 += aStep;
            b += bStep;
        }

        nint cRow = o.CRowStride;
        StoreRow<TIsa, V, TVectors>(c, r0, s0);
        if (TRows.Count > 1) { StoreRow<TIsa, V, TVectors>(c + cRow, r1, s1); }
        if (TRows.Count > 2) { StoreRow<TIsa, V, TVectors>(c + (2 * cRow), r2, s2); }
        if (TRows.Count > 3) { StoreRow<TIsa, V, TVectors>(c + (3 * cRow), r3, s3); }
        if (TRows.Count > 4) { StoreRow<TIsa, V, TVectors>(c + (4 * cRow), r4, s4); }
        if (TRows.Count > 5) { StoreRow<TIsa, V, TVectors>(c + (5 * cRow), r5, s5); }
        if (TRows.Count > 6) { StoreRow<TIsa, V, TVectors>(c + (6 * cRow), r6, s6); }
        if (TRows.Count > 7) { StoreRow<TIsa, V, TVectors>(c + (7 * cRow), r7, s7); }
    }

    /// <summary>
    /// Computes one row by four panels of two vectors: a single row has too few sums in a tile of the usual width to keep the adders busy.
    /// </summary>
    /// <param name="o">Where the operands are.</param>
    /// <param name="a">The row of A.</param>
    /// <param name="b">The first column of B of this tile.</param>
    /// <param name="panelStride">From one panel of B to the next.</param>
    /// <param name="start">The first element of the start values of this tile.</param>
    /// <param name="c">The first element of C of this tile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ComputeRow<TIsa, V>(in TileOperands o, float* a, float* b, nint panelStride, float* start, float* c)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        nint aStep = o.AStep, bStep = o.BStep;
        float* b1 = b + panelStride;
        float* b2 = b + (2 * panelStride);
        float* b3 = b + (3 * panelStride);
        V r0 = TIsa.Load(start), s0 = TIsa.Load(start + TIsa.Lanes);
        V r1 = TIsa.Load(start + (2 * TIsa.Lanes)), s1 = TIsa.Load(start + (3 * TIsa.Lanes));
        V r2 = TIsa.Load(start + (4 * TIsa.Lanes)), s2 = TIsa.Load(start + (5 * TIsa.Lanes));
        V r3 = TIsa.Load(start + (6 * TIsa.Lanes)), s3 = TIsa.Load(start + (7 * TIsa.Lanes));
        for (nint k = o.Contraction; k > 0; k--)
        {
            V x = TIsa.Create(*a);
            r0 = TIsa.MultiplyAdd(x, TIsa.Load(b), r0);
            s0 = TIsa.MultiplyAdd(x, TIsa.Load(b + TIsa.Lanes), s0);
            r1 = TIsa.MultiplyAdd(x, TIsa.Load(b1), r1);
            s1 = TIsa.MultiplyAdd(x, TIsa.Load(b1 + TIsa.Lanes), s1);
            r2 = TIsa.MultiplyAdd(x, TIsa.Load(b2), r2);
            s2 = TIsa.MultiplyAdd(x, TIsa.Load(b2 + TIsa.Lanes), s2);
            r3 = TIsa.MultiplyAdd(x, TIsa.Load(b3), r3);
            s3 = TIsa.MultiplyAdd(x, TIsa.Load(b3 + TIsa.Lanes), s3);
            a += aStep;
            b += bStep;
            b1 += bStep;
            b2 += bStep;
            b3 += bStep;
        }

        TIsa.Store(c, r0);
        TIsa.Store(c + TIsa.Lanes, s0);
        TIsa.Store(c + (2 * TIsa.Lanes), r1);
        TIsa.Store(c + (3 * TIsa.Lanes), s1);
        TIsa.Store(c + (4 * TIsa.Lanes), r2);
        TIsa.Store(c + (5 * TIsa.Lanes), s2);
        TIsa.Store(c + (6 * TIsa.Lanes), r3);
        TIsa.Store(c + (7 * TIsa.Lanes), s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TIsa, V, TVectors>(float* c, V first, V second)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TVectors : struct, ICount
    {
        TIsa.Store(c, first);
        if (TVectors.Count > 1) { TIsa.Store(c + TIsa.Lanes, second); }
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
