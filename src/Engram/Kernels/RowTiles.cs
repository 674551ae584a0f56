namespace Engram.Kernels;

/// <summary>
/// How rows are dealt out to register tiles: evenly. 50 rows in tiles of 6 at most are 6 and 5 each, because a tile of two rows would idle the
/// adders.
/// </summary>
internal readonly struct RowTiles(int rows, int most)
{
    private readonly int fewest = rows / ((rows + most - 1) / most);

    /// <summary>The number of tiles.</summary>
    public int Count { get; } = (rows + most - 1) / most;

    /// <summary>The number of rows of a tile.</summary>
    public int Rows(int tile) => fewest + (tile < rows - (fewest * Count) ? 1 : 0);
}
