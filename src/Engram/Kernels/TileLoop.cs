using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>C = Start + A B as a loop over register tiles (see <see cref="Tile"/>): one panel of B after the other, and in each all rows of A.</summary>
internal unsafe struct TileLoop<TOrder> : IKernel where TOrder : struct, IOrder
{
    /// <summary>The rows and columns of C.</summary>
    public int M, N;

    /// <summary>The first elements.</summary>
    public float* A, B, Start, C;

    /// <summary>The number of rows of B's packed panels, or 0 where B is stored by plain rows.</summary>
    public int PanelRows;

    /// <summary>Whether A is packed as <see cref="PackedTiles"/> does it.</summary>
    public bool TiledA;

    /// <summary>The strides, but for <see cref="TileOperands.BStep"/> of packed panels and <see cref="TileOperands.AStep"/> of packed tiles.</summary>
    public TileOperands Strides;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
    {
        if (M == 0) { return; }
        float* edge = stackalloc float[8 * 3 * TIsa.Lanes];
        nint cStride = Strides.CRowStride;
        float* b = B;
        var panels = new Panels(N, TIsa.Lanes);
        RowTiles rowTiles = default;
        int panel = 0, dealtFor = 0;
        if (M <= Gemm.FewRows)
        {
            if (PanelRows > 0) { Strides.BStep = 3 * TIsa.Lanes; }
            nint panelStride = 3 * TIsa.Lanes * (PanelRows > 0 ? PanelRows : 1);
            for (int together; (together = panels.Together(panel, N)) > 1; panel += together, b += together * panelStride)
            {
                int j = panels.FirstColumn(panel);
                for (int i = 0; i < M; i++)
                {
                    float* a = A + (i * Strides.ARowStride), start = Start + (i * Strides.StartRowStride) + j, c = C + (i * cStride) + j;
                    if (together == 4) { Tile.ComputeRow<TIsa, V, Four>(in Strides, a, b, panelStride, start, c); }
                    else if (together == 3) { Tile.ComputeRow<TIsa, V, Three>(in Strides, a, b, panelStride, start, c); }
                    else { Tile.ComputeRow<TIsa, V, Two>(in Strides, a, b, panelStride, start, c); }
                }
            }
        }

        for (; panel < panels.Count; panel++)
        {
            int j = panels.FirstColumn(panel), vectors = panels.Vectors(panel);
            int columns = Math.Min(vectors * TIsa.Lanes, N - j);
            bool atEdge = columns < vectors * TIsa.Lanes;
            if (PanelRows > 0) { Strides.BStep = vectors * TIsa.Lanes; }
            else { b = B + j; }

            // At the right edge the tile goes to a buffer, of which C gets the columns that it has.
            Strides.CRowStride = atEdge ? 3 * TIsa.Lanes : cStride;

            if (vectors != dealtFor)
            {
                dealtFor = vectors;
                rowTiles = new RowTiles(M, TIsa.TileRows(TiledA ? 3 : vectors));
            }

            for (int tile = 0, i = 0, next; tile < rowTiles.Count; tile++, i = next)
            {
                next = i + rowTiles.Rows(tile);
                float* a = A + (i * (TiledA ? Strides.Contraction : Strides.ARowStride));
                if (TiledA) { Strides.AStep = next - i; }
                float* start = Start + (i * Strides.StartRowStride) + j;
                float* c = C + (i * cStride) + j;
                float* target = atEdge ? edge : c;
                if (vectors == 3) { Dispatch<TIsa, V, Three>(next - i, a, b, start, target); }
                else if (vectors == 2) { Dispatch<TIsa, V, Two>(next - i, a, b, start, target); }
                else { Dispatch<TIsa, V, One>(next - i, a, b, start, target); }
                if (atEdge) { CopyEdge<TIsa, V>(edge, c, cStride, next - i, columns); }
            }

            b += PanelRows * Strides.BStep;
        }
    }

    private static void CopyEdge<TIsa, V>(float* edge, float* c, nint cStride, int rows, int columns)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
    {
        for (int i = 0; i < rows; i++, edge += 3 * TIsa.Lanes, c += cStride)
        {
            for (int j = 0; j < columns; j += TIsa.Lanes) { Edge.Store<TIsa, V>(c + j, TIsa.Load(edge + j), columns - j); }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Dispatch<TIsa, V, TVectors>(int rows, float* a, float* b, float* start, float* c)
        where TIsa : struct, IVectorIsa<V>
        where V : struct
        where TVectors : struct, ICount
    {
        switch (rows)
        {
            case 1: Tile.Compute<TIsa, V, One, TVectors, TOrder>(in Strides, a, b, start, c); break;
            case 2: Tile.Compute<TIsa, V, Two, TVectors, TOrder>(in Strides, a, b, start, c); break;
            case 3: Tile.Compute<TIsa, V, Three, TVectors, TOrder>(in Strides, a, b, start, c); break;
            case 4: Tile.Compute<TIsa, V, Four, TVectors, TOrder>(in Strides, a, b, start, c); break;
            case 5: Tile.Compute<TIsa, V, Five, TVectors, TOrder>(in Strides, a, b, start, c); break;
            case 6: Tile.Compute<TIsa, V, Six, TVectors, TOrder>(in Strides, a, b, start, c); break;
            case 7: Tile.Compute<TIsa, V, Seven, TVectors, TOrder>(in Strides, a, b, start, c); break;
            default: Tile.Compute<TIsa, V, Eight, TVectors, TOrder>(in Strides, a, b, start, c); break;
        }
    }
}
