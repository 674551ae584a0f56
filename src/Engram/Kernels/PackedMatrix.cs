using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// A matrix B (k, n) in panels as the tile reads it (see <see cref="Panels"/>), each panel all its rows one after the other, the last one
/// padded with zeros.
/// </summary>
internal sealed unsafe class PackedMatrix
{
    private readonly TensorBuffer panels = new(0);

    /// <summary>The number of rows: the contraction length.</summary>
    public int Rows { get; private set; }

    /// <summary>The number of columns, padding not counted.</summary>
    public int Columns { get; private set; }

    /// <summary>The first panel.</summary>
    public float* Pointer => panels.Pointer;

    /// <summary>Packs a matrix that is stored by rows.</summary>
    /// <param name="source">The element (0, 0).</param>
    /// <param name="rows">The number of rows k.</param>
    /// <param name="columns">The number of columns n.</param>
    /// <param name="stride">From one row to the next.</param>
    public void Pack(float* source, int rows, int columns, nint stride) => Pack(source, rows, columns, stride, 1);

    /// <summary>Packs the transpose of a matrix that is stored by rows: (rows, columns) becomes (columns, rows).</summary>
    public void PackTransposed(float* source, int rows, int columns, int stride) => Pack(source, columns, rows, 1, stride);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(float* source, int rows, int columns, nint rowStride, nint columnStride)
    {
        Rows = rows;
        Columns = columns;
        int lanes = Isa.Lanes;
        int padded = (columns + lanes - 1) / lanes * lanes;
        panels.Resize(Math.Max(1, rows * padded));
        float* target = panels.Pointer;
        var all = new Panels(columns, lanes);
        for (int panel = 0; panel < all.Count; panel++)
        {
            int first = all.FirstColumn(panel), width = all.Vectors(panel) * lanes;
            int present = Math.Min(width, columns - first);
            for (int k = 0; k < rows; k++)
            {
                float* row = source + (k * rowStride) + (first * columnStride);
                if (columnStride == 1)
                {
                    new ReadOnlySpan<float>(row, present).CopyTo(new Span<float>(target, present));
                }
                else
                {
                    for (int j = 0; j < present; j++) { target[j] = row[j * columnStride]; }
                }

                new Span<float>(target + present, width - present).Clear();
                target += width;
            }
        }
    }
}

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

    /// <summary>Whether there are so many panels of three vectors from this one on.</summary>
    public bool AreWide(int panel, int count) => panel + count <= Count && Vectors(panel + count - 1) == 3;

    /// <summary>The first column of a panel; after the last panel, the number of columns, padding included.</summary>
    public int FirstColumn(int panel)
    {
        int narrower = (3 * Count) - vectors; // 0, 1 or 2; a single vector is a panel that is narrower by 2
        int wide = Math.Max(0, Count - narrower);
        int first = panel <= wide ? 3 * panel : (2 * panel) + wide;
        return Math.Min(first, vectors) * lanes;
    }
}
