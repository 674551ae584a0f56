using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// Matrix products out of register tiles. Every element of a result is one sum in ascending order of the contraction index, so
/// it does not depend on tile sizes, on the tier, or on which rows and columns are computed together. So a large product that is not
/// part of a shard's work is split by columns among the threads.
/// </summary>
internal static unsafe class Gemm
{
    /// <summary>Up to here each row has four panels at once, which a tile of so few rows would not keep the adders busy with.</summary>
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

    /// <summary>C (m, n) += Aᵀ D for A (k, m) and D (k, n), both stored by rows; the weight-gradient product. Accumulates.</summary>
    /// <remarks>Reads up to one vector past the last element of D and of C.</remarks>
    public static void AddTransposed(
        int m, int n, int k, float* a, nint aStride, float* d, nint dStride, float* c, nint cStride)
    {
        long operations = (long)m * n * k;
        var all = new Transposed { M = m, N = n, K = k, A = a, AStride = aStride, D = d, DStride = dStride, C = c, CStride = cStride };
        if (n > 2 * Isa.Lanes && Workers.CanShare(operations)) { (threadTransposed ??= new TransposedBlocks()).Run(all, operations); }
        else { AddTransposed(all); }
    }

    private static void AddTransposed(in Transposed all)
    {
        // A piece of the contraction at a time; its columns of D are copied next to each other where many rows of C use them.
        const int Piece = 256;
        bool pack = all.M >= 16;
        PackedMatrix panels = threadPanels ??= new PackedMatrix();
        for (int first = 0; first < all.K; first += Piece)
        {
            int length = Math.Min(Piece, all.K - first);
            float* piece = all.D + (first * all.DStride);
            if (pack) { panels.Pack(piece, length, all.N, all.DStride); }
            var product = new Product
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
        var product = new Product
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

    private struct Product : IKernel
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
            // The rows are dealt out evenly: 16 rows in tiles of 6 at most are 6 + 5 + 5, for a tile of one row would idle the adders.
            int tiles = (M + TIsa.TileRows - 1) / TIsa.TileRows;
            (int fewest, int taller) = M > 0 ? Math.DivRem(M, tiles) : (0, 0);
            float* edge = stackalloc float[8 * 2 * TIsa.Lanes];
            nint cStride = Strides.CRowStride;
            float* panel = B;
            int j = 0;
            if (M <= FewRows && N >= 8 * TIsa.Lanes)
            {
                nint panelStride = 2 * TIsa.Lanes * (PanelRows > 0 ? PanelRows : 1);
                if (PanelRows > 0) { Strides.BStep = 2 * TIsa.Lanes; }
                for (; j <= N - (8 * TIsa.Lanes); j += 8 * TIsa.Lanes, panel += 4 * panelStride)
                {
                    for (int i = 0; i < M; i++)
                    {
                        Tile.ComputeRow<TIsa, V>(
                            in Strides, A + (i * Strides.ARowStride), panel, panelStride, Start + (i * Strides.StartRowStride) + j, C + (i * cStride) + j);
                    }
                }
            }

            for (; j < N; j += 2 * TIsa.Lanes)
            {
                int columns = Math.Min(2 * TIsa.Lanes, N - j);
                bool wide = columns > TIsa.Lanes;
                bool atEdge = columns < (wide ? 2 : 1) * TIsa.Lanes;
                float* b = B + j;
                if (PanelRows > 0)
                {
                    b = panel;
                    Strides.BStep = wide ? 2 * TIsa.Lanes : TIsa.Lanes;
                    panel += PanelRows * Strides.BStep;
                }

                // At the right edge the tile goes to a buffer, of which C gets the columns that it has.
                Strides.CRowStride = atEdge ? 2 * TIsa.Lanes : cStride;
                for (int tile = 0, i = 0, rows; tile < tiles; tile++, i += rows)
                {
                    rows = tile < taller ? fewest + 1 : fewest;
                    float* a = A + (i * Strides.ARowStride);
                    float* start = Start + (i * Strides.StartRowStride) + j;
                    float* c = C + (i * cStride) + j;
                    float* target = atEdge ? edge : c;
                    if (wide) { Dispatch<TIsa, V, Two>(rows, a, b, start, target); }
                    else { Dispatch<TIsa, V, One>(rows, a, b, start, target); }
                    if (atEdge) { CopyEdge<TIsa, V>(edge, c, cStride, rows, columns); }
                }
            }
        }

        private static void CopyEdge<TIsa, V>(float* edge, float* c, nint cStride, int rows, int columns)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
        {
            for (int i = 0; i < rows; i++, edge += 2 * TIsa.Lanes, c += cStride)
            {
                if (columns > TIsa.Lanes) { TIsa.Store(c, TIsa.Load(edge)); }
                int whole = columns > TIsa.Lanes ? TIsa.Lanes : 0;
                TIsa.StorePartial(c + whole, TIsa.Load(edge + whole), columns - whole);
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
                case 1: Tile.Compute<TIsa, V, One, TVectors>(in Strides, a, b, start, c); break;
                case 2: Tile.Compute<TIsa, V, Two, TVectors>(in Strides, a, b, start, c); break;
                case 3: Tile.Compute<TIsa, V, Three, TVectors>(in Strides, a, b, start, c); break;
                case 4: Tile.Compute<TIsa, V, Four, TVectors>(in Strides, a, b, start, c); break;
                case 5: Tile.Compute<TIsa, V, Five, TVectors>(in Strides, a, b, start, c); break;
                case 6: Tile.Compute<TIsa, V, Six, TVectors>(in Strides, a, b, start, c); break;
                case 7: Tile.Compute<TIsa, V, Seven, TVectors>(in Strides, a, b, start, c); break;
                default: Tile.Compute<TIsa, V, Eight, TVectors>(in Strides, a, b, start, c); break;
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
            blocks = Math.Min(Panels, 2 * Workers.ThreadCount);
            Workers.Run(this, blocks, operations);
        }

        private int Panels => (transposed.N + (2 * Isa.Lanes) - 1) / (2 * Isa.Lanes);

        void IShardWork.Run(int shard)
        {
            int first = FirstColumn(shard);
            Transposed block = transposed;
            block.N = FirstColumn(shard + 1) - first;
            block.D += first;
            block.C += first;
            AddTransposed(block);
        }

        private int FirstColumn(int block) => Math.Min(transposed.N, (int)((long)Panels * block / blocks) * 2 * Isa.Lanes);
    }
}
