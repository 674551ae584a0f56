using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// Matrix products out of register tiles. Every element of a result is one sum in ascending order of the contraction index, so
/// it does not depend on tile sizes, on the tier, or on which rows and columns are computed together. So a large product that is not
/// part of a shard's work is split by columns among the threads.
/// </summary>
internal static unsafe class Gemm
{
    /// <summary>Up to here each row has several panels at once, which a tile of so few rows would not keep the adders busy with.</summary>
    public const int FewRows = 2;

    [ThreadStatic]
    private static PackedMatrix? threadPanels;

    [ThreadStatic]
    private static ColumnBlocks? threadBlocks;

    [ThreadStatic]
    private static TransposedBlocks? threadTransposed;

    [ThreadStatic]
    private static bool together;

    private static TensorBuffer zeros = new(4096);

    /// <summary>C (m, n) = A (m, k) B, or C += A B; overwrites or accumulates as told.</summary>
    /// <param name="m">The number of rows.</param>
    /// <param name="a">A, stored by rows.</param>
    /// <param name="aStride">From one row of A to the next.</param>
    /// <param name="b">B (k, n), packed.</param>
    /// <param name="c">C.</param>
    /// <param name="cStride">From one row of C to the next.</param>
    /// <param name="accumulate">Whether the product is added to C.</param>
    public static void Multiply(int m, float* a, nint aStride, PackedMatrix b, float* c, nint cStride, bool accumulate)
    {
        if (accumulate) { Run(m, a, aStride, b, c, cStride, c, cStride); }
        else { Run(m, a, aStride, b, c, cStride, ZeroRow(b.Columns), 0); }
    }

    /// <summary>C (m, n) = bias (n) in each row + A (m, k) B; overwrites.</summary>
    public static void MultiplyWithBias(int m, float* a, nint aStride, PackedMatrix b, float* bias, float* c, nint cStride) =>
        Run(m, a, aStride, b, c, cStride, bias, 0);

    /// <summary>C (m, n) = S (m, n) + A (m, k) B; overwrites. S may be C.</summary>
    public static void AddProduct(int m, float* a, nint aStride, PackedMatrix b, float* s, nint sStride, float* c, nint cStride) =>
        Run(m, a, aStride, b, c, cStride, s, sStride);

    /// <summary>C (m, n) += Aᵀ D for A (k, m) and D (k, n), both stored by rows; the weight-gradient product. Accumulates.</summary>
    /// <remarks>Reads up to one vector past the last element of D and of C.</remarks>
    public static void AddTransposed(
        int m, int n, int k, float* a, nint aStride, float* d, nint dStride, float* c, nint cStride)
    {
        long operations = (long)m * n * k;
        var all = new Transposed { M = m, N = n, K = k, A = a, AStride = aStride, D = d, DStride = dStride, C = c, CStride = cStride };
        if (n > 3 * Isa.Lanes && Workers.CanShare(operations)) { (threadTransposed ??= new TransposedBlocks()).Run(all, operations); }
        else { AddTransposed(all); }
    }

    private static void AddTransposed(in Transposed all)
    {
        // A piece of the contraction at a time, of which A and some columns of D stay near. Where rows of D lie far apart and many rows
        // of C use them, its columns are copied next to each other; such a C is large, and a longer piece has it pass by less often.
        bool pack = all.M >= 16 && all.DStride >= 512;
        int longest = pack ? 256 : 128;
        PackedMatrix panels = threadPanels ??= new PackedMatrix();
        for (int first = 0; first < all.K; first += longest)
        {
            int length = Math.Min(longest, all.K - first);
            float* piece = all.D + (first * all.DStride);
            if (pack) { panels.Pack(piece, length, all.N, all.DStride); }
            var product = new Product<ByColumns>
            {
                M = all.M,
                N = all.N,
                A = all.A + (first * all.AStride),
                B = pack ? panels.Pointer : piece,
                PanelRows = pack ? length : 0,
                Start = all.C,
                C = all.C,
                Strides = new TileOperands
                {
                    Contraction = length,
                    ARowStride = 1,
                    AStep = all.AStride,
                    BStep = all.DStride,
                    StartRowStride = all.CStride,
                    CRowStride = all.CStride,
                },
            };
            Isa.Run(ref product);
        }
    }

    /// <summary>
    /// From here to <see cref="RunTogether"/> products of this thread are noted instead of computed, at most
    /// <see cref="ColumnBlocks.MostProducts"/>; see there in which way they may depend on each other.
    /// </summary>
    public static void BeginTogether() => together = true;

    /// <summary>Computes the products that were noted.</summary>
    public static void RunTogether()
    {
        together = false;
        threadBlocks!.Run();
    }

    /// <summary>Computes some columns of a product with a matrix of 32-bit floats.</summary>
    public static void MultiplyPanels(in MatrixProduct all, int first, int count)
    {
        var product = new Product<ByRows>
        {
            M = all.M,
            N = count,
            A = all.A,
            B = all.B.Pointer + ((nint)first * all.B.Rows),
            PanelRows = all.B.Rows,
            Start = all.Start + first,
            C = all.C + first,
            Strides = new TileOperands
            {
                Contraction = all.B.Rows,
                ARowStride = all.AStride,
                AStep = 1,
                StartRowStride = all.StartStride,
                CRowStride = all.CStride,
            },
        };
        Isa.Run(ref product);
    }

    private static void Run(int m, float* a, nint aStride, PackedMatrix b, float* c, nint cStride, float* start, nint startStride)
    {
        ColumnBlocks blocks = threadBlocks ??= new ColumnBlocks();
        var product = new MatrixProduct
        {
            M = m,
            A = a,
            AStride = aStride,
            B = b,
            C = c,
            CStride = cStride,
            Start = start,
            StartStride = startStride,
        };
        b.Compact?.Prepare(ref product, blocks.Count);
        blocks.Add(product);
        if (!together) { blocks.Run(); }
    }

    private static float* ZeroRow(int columns)
    {
        TensorBuffer row = zeros;
        if (row.Length < columns) { zeros = row = new TensorBuffer(columns); }
        return row.Pointer;
    }

    private struct Product<TOrder> : IKernel where TOrder : struct, IOrder
    {
        public int M;
        public int N;
        public float* A;
        public float* B;
        public float* Start;
        public float* C;
        public int PanelRows; // 0: B is stored by plain rows
        public TileOperands Strides;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            if (M == 0) { return; }
            float* edge = stackalloc float[8 * 3 * TIsa.Lanes];
            nint cStride = Strides.CRowStride;
            float* b = B;
            var panels = new Panels(N, TIsa.Lanes);
            int panel = 0, dealtFor = 0, tiles = 0, rows = 0, larger = 0;
            if (M <= FewRows)
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

                // The rows are dealt out evenly: 50 rows in tiles of 6 at most are 6 and 5, for a tile of two rows would idle the adders.
                if (vectors != dealtFor)
                {
                    dealtFor = vectors;
                    tiles = (M + TIsa.TileRows(vectors) - 1) / TIsa.TileRows(vectors);
                    rows = M / tiles;
                    larger = M - (rows * tiles);
                }

                for (int tile = 0, i = 0, next; tile < tiles; tile++, i = next)
                {
                    next = i + rows + (tile < larger ? 1 : 0);
                    float* a = A + (i * Strides.ARowStride);
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

    /// <summary>The operands of <see cref="AddTransposed(in Transposed)"/>.</summary>
    private struct Transposed
    {
        public int M, N, K;
        public float* A, D, C;
        public nint AStride, DStride, CStride;
    }

    /// <summary>A weight-gradient product split into blocks of columns.</summary>
    private sealed class TransposedBlocks : IShardWork
    {
        private Transposed transposed;
        private int blocks;

        public void Run(in Transposed given, long operations)
        {
            transposed = given;
            blocks = Math.Min(new Panels(transposed.N, Isa.Lanes).Count, 2 * Workers.ThreadCount);
            Workers.Run(this, blocks, operations);
        }

        void IShardWork.Run(int shard)
        {
            int first = FirstColumn(shard);
            Transposed block = transposed;
            block.N = FirstColumn(shard + 1) - first;
            block.D += first;
            block.C += first;
            AddTransposed(block);
        }

        private int FirstColumn(int block)
        {
            var panels = new Panels(transposed.N, Isa.Lanes);
            return Math.Min(transposed.N, panels.FirstColumn((int)((long)panels.Count * block / blocks)));
        }
    }
}
