namespace Engram.Kernels;

/// <summary>
/// C (m, n) += Aᵀ D for A (k, m) and D (k, n), both stored by rows: the gradient of weights. A large one that is not part of a shard's work is
/// split by columns among the threads.
/// </summary>
internal sealed unsafe class TransposedProduct : IShardWork
{
    // A C of at least so many rows and columns does not stay in the second-level cache: its A is packed too.
    private const int ManyRows = 128, ManyColumns = 512;

    [ThreadStatic]
    private static PackedMatrix? threadPanels;

    [ThreadStatic]
    private static PackedTiles? threadTiles;

    private TransposedOperands operands;
    private int blocks;

    /// <summary>Computes it.</summary>
    public void Add(in TransposedOperands given)
    {
        long operations = (long)given.M * given.N * given.K;
        if (given.N <= 3 * Isa.Lanes || !Workers.CanShare(operations))
        {
            AddColumns(given);
            return;
        }

        operands = given;
        blocks = Math.Min(new Panels(given.N, Isa.Lanes).Count, 2 * Workers.ThreadCount);
        Workers.Run(this, blocks, operations);
    }

    void IShardWork.Run(int shard)
    {
        int first = FirstColumn(shard);
        TransposedOperands block = operands;
        block.N = FirstColumn(shard + 1) - first;
        block.D += first;
        block.C += first;
        AddColumns(block);
    }

    private int FirstColumn(int block)
    {
        var panels = new Panels(operands.N, Isa.Lanes);
        return Math.Min(operands.N, panels.FirstColumn((int)((long)panels.Count * block / blocks)));
    }

    private static void AddColumns(in TransposedOperands all)
    {
        // A piece of the contraction at a time, of which A and some columns of D stay near. Where rows of D lie far apart, or so that they
        // share few places of the first-level cache, and many rows of C use them, its columns are copied next to each other; such a C is
        // large, and a longer piece has it pass by less often.
        bool packD = all.M >= 16 && (all.DStride >= 1024 || all.DStride % 512 == 0);
        bool packA = all.M >= ManyRows && all.N >= ManyColumns;
        int longest = packD ? 256 : 128;
        PackedMatrix panels = threadPanels ??= new PackedMatrix();
        PackedTiles tiles = threadTiles ??= new PackedTiles();
        for (int first = 0; first < all.K; first += longest)
        {
            int length = Math.Min(longest, all.K - first);
            float* a = all.A + (first * all.AStride), d = all.D + (first * all.DStride);
            if (packA) { tiles.Pack(a, length, all.M, all.AStride); }
            if (packD) { panels.Pack(d, length, all.N, all.DStride); }
            var loop = new TileLoop<ByColumns>
            {
                M = all.M,
                N = all.N,
                A = packA ? tiles.Pointer : a,
                TiledA = packA,
                B = packD ? panels.Pointer : d,
                PanelRows = packD ? length : 0,
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
            Isa.Run(ref loop);
        }
    }
}

/// <summary>The operands of <see cref="TransposedProduct"/>.</summary>
internal unsafe struct TransposedOperands
{
    /// <summary>The lengths: C is (M, N), and K products are in each sum.</summary>
    public int M, N, K;

    /// <summary>The first elements.</summary>
    public float* A, D, C;

    /// <summary>From one row to the next.</summary>
    public nint AStride, DStride, CStride;
}
