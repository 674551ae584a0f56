namespace Engram.Kernels;

/// <summary>
/// How the columns of a matrix are cut into panels of up to three vectors: as many of three as leave the others two, because a tile
/// of one vector has too few sums to keep the adders busy. Any run of neighbouring panels is cut in the same way when it stands alone.
/// </summary>
internal readonly struct Panels(int columns, int lanes)
{
    private readonly int vectors = (columns + lanes - 1) / lanes;

    /// <summary>The number of panels.</summary>
    public int Count => (vectors + 2) / 3;

    /// <summary>The number of vectors of a panel.</summary>
    public int Vectors(int panel) => (FirstColumn(panel + 1) - FirstColumn(panel)) / lanes;

    /// <summary>How many whole panels of three vectors, up to four and dealt out evenly, one row has at once from this panel on.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="present">The number of columns that are there, padding not counted.</param>
    public int Together(int panel, int present)
    {
        int wide = Math.Min(Wide, present / (3 * lanes)) - panel;
        return wide is 5 or 6 ? 3 : Math.Clamp(wide, 0, 4);
    }

    /// <summary>Whether a panel begins at a column.</summary>
    public bool BeginAt(int column) => column <= Wide * 3 * lanes
        ? column % (3 * lanes) == 0
        : (column - (Wide * 3 * lanes)) % (2 * lanes) == 0;

    /// <summary>The first column of a panel; after the last panel, the number of columns, padding included.</summary>
    public int FirstColumn(int panel)
    {
        int first = panel <= Wide ? 3 * panel : (2 * panel) + Wide;
        return Math.Min(first, vectors) * lanes;
    }

    // The panels of three vectors; 0, 1 or 2 panels after them are narrower (a single vector is a panel that is narrower by 2).
    private int Wide => Math.Max(0, Count - ((3 * Count) - vectors));
}
