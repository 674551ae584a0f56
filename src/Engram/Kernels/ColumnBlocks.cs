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
    private int panelColumns, blocks;

    /// <summary>The number of products that were added.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a product to those that <see cref="Run"/> will compute.</summary>
    public void Add(in MatrixProduct product) => products[Count++] = product;

    /// <summary>Computes all products and forgets them.</summary>
    public void Run()
    {
        long operations = 0;
        panelColumns = 0;
        foreach (ref MatrixProduct product in products.AsSpan(0, Count))
        {
            operations += product.Operations;
            panelColumns = Math.Max(panelColumns, product.ColumnsPerPanel);
        }

        blocks = Math.Min(Panels(products[0].B.Columns), 2 * Workers.ThreadCount);
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
            int columns = product.C == products[0].C ? products[0].B.Columns : product.B.Columns;
            int first = FirstColumn(columns, shard);
            int end = Math.Min(FirstColumn(columns, shard + 1), product.B.Columns);
            product.RunColumns(first, end - first);
        }
    }

    private int Panels(int columns) => (columns + panelColumns - 1) / panelColumns;

    private int FirstColumn(int columns, int block) => Math.Min(columns, (int)((long)Panels(columns) * block / blocks) * panelColumns);
}
