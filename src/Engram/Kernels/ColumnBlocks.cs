namespace Engram.Kernels;

/// <summary>
/// Products that are split by columns among the threads. Several may run together, so that the threads meet once for all of them: a product
/// that adds to what an earlier one computes has the same C, and the same thread takes the same columns of both, one after the other.
/// </summary>
internal sealed unsafe class ColumnBlocks : IShardWork
{
    /// <summary>How many products may run together.</summary>
    public const int MostProducts = 4;

    private readonly MatrixProduct[] products = new MatrixProduct[MostProducts];
    private int blocks;

    /// <summary>The number of products that were added.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a product to those that <see cref="Run"/> will compute.</summary>
    public void Add(in MatrixProduct product) => products[Count++] = product;

    /// <summary>Computes all products and forgets them.</summary>
    public void Run()
    {
        long operations = 0;
        int panelColumns = 1;
        foreach (ref MatrixProduct product in products.AsSpan(0, Count))
        {
            operations += product.Operations;
            panelColumns = Math.Max(panelColumns, product.ColumnsPerPanel);
        }

        blocks = Math.Min((products[0].B.Columns + panelColumns - 1) / panelColumns, 2 * Workers.ThreadCount);
        try
        {
            if (blocks > 1 && Workers.CanShare(operations))
            {
                Workers.Run(this, blocks, operations);
                return;
            }

            foreach (ref MatrixProduct product in products.AsSpan(0, Count)) { product.RunColumns(0, product.B.Columns); }
        }
        finally
        {
            products.AsSpan(0, Count).Clear();
            Count = 0;
        }
    }

    void IShardWork.Run(int shard)
    {
        foreach (ref MatrixProduct product in products.AsSpan(0, Count))
        {
            MatrixProduct leader = product.C == products[0].C ? products[0] : product;
            int first = FirstColumn(leader, shard);
            int end = Math.Min(FirstColumn(leader, shard + 1), product.B.Columns);
            product.RunColumns(first, end - first);
        }
    }

    // An even share, moved back to where all products of the same C may be split.
    private int FirstColumn(in MatrixProduct leader, int block)
    {
        if (block == blocks) { return leader.B.Columns; }
        int vectors = (leader.B.Columns + Isa.Lanes - 1) / Isa.Lanes;
        int column = (int)((long)vectors * block / blocks) * Isa.Lanes;
        while (!AllCanSplit(leader, column)) { column -= Isa.Lanes; }
        return column;
    }

    private bool AllCanSplit(in MatrixProduct leader, int column)
    {
        foreach (ref readonly MatrixProduct product in products.AsSpan(0, Count))
        {
            if (product.C == leader.C && !product.CanSplitAt(column)) { return false; }
        }

        return true;
    }
}
