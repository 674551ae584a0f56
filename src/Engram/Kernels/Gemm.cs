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
    private static ColumnBlocks? threadBlocks;

    [ThreadStatic]
    private static TransposedProduct? threadTransposed;

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
    /// <remarks>Reads up to one vector past the last element of A, of D and of C.</remarks>
    public static void AddTransposed(int m, int n, int k, float* a, nint aStride, float* d, nint dStride, float* c, nint cStride) =>
        (threadTransposed ??= new TransposedProduct()).Add(
            new TransposedOperands { M = m, N = n, K = k, A = a, AStride = aStride, D = d, DStride = dStride, C = c, CStride = cStride });

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
        var loop = new TileLoop<ByRows>
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
        Isa.Run(ref loop);
    }

    private static void Run(int m, float* a, nint aStride, PackedMatrix b, float* c, nint cStride, float* start, nint startStride)
    {
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
        if (b.Compact is null && !together && !Workers.CanShare(product.Operations))
        {
            MultiplyPanels(product, 0, b.Columns);
            return;
        }

        ColumnBlocks blocks = threadBlocks ??= new ColumnBlocks();
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
}
