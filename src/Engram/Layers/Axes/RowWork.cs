using Engram.Kernels;

namespace Engram.Layers;

/// <summary>Work on rows that do not touch each other, in blocks whose size follows from the shape alone; the engine's threads share them.</summary>
internal abstract class RowWork : IShardWork
{
    private const int ElementsOfABlock = 4096;
    private const int MostBlocks = 1024;

    private int rows;

    /// <summary>The number of rows of each block but the last, which may have fewer.</summary>
    protected int RowsOfABlock { get; private set; } = 1;

    /// <summary>The number of blocks.</summary>
    protected int Blocks => (rows + RowsOfABlock - 1) / RowsOfABlock;

    /// <summary>Says how many rows there are, before <see cref="Run"/>.</summary>
    protected void Prepare(int rowCount, int length)
    {
        rows = rowCount;
        RowsOfABlock = Math.Max(Math.Max(1, ElementsOfABlock / Math.Max(1, length)), (rowCount + MostBlocks - 1) / MostBlocks);
    }

    /// <summary>Works on all rows.</summary>
    /// <param name="operations">About how many multiply-adds that takes.</param>
    protected void Run(long operations) => Workers.Run(this, Blocks, operations);

    /// <summary>Works on the rows of one block.</summary>
    protected abstract void OnRows(int block, int first, int count);

    void IShardWork.Run(int shard)
    {
        int first = shard * RowsOfABlock;
        OnRows(shard, first, Math.Min(RowsOfABlock, rows - first));
    }
}
