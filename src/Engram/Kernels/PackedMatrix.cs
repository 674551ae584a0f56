using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// A matrix B (k, n) in panels as the tile reads it: panels of two vectors of columns, each panel all its rows one after the
/// other; the last panel is one vector wide where that is enough, and padded with zeros.
/// </summary>
internal sealed unsafe class PackedMatrix
{
    private readonly TensorBuffer panels = new(0);

    /// <summary>The number of rows: the contraction length.</summary>
    public int Rows { get; private set; }

    /// <summary>The number of columns, padding not counted.</summary>
    public int Columns { get; private set; }

    /// <summary>The matrix in fewer bits, where it was packed so; then there are no panels here.</summary>
    public CompactMatrix? Compact { get; private set; }

    /// <summary>How many bytes a number takes.</summary>
    public int BytesPerWeight => Compact?.BytesPerWeight ?? sizeof(float);

    /// <summary>The first panel.</summary>
    public float* Pointer => panels.Pointer;

    /// <summary>Packs a matrix that is stored by rows.</summary>
    /// <param name="source">The element (0, 0).</param>
    /// <param name="rows">The number of rows k.</param>
    /// <param name="columns">The number of columns n.</param>
    /// <param name="stride">From one row to the next.</param>
    public void Pack(float* source, int rows, int columns, nint stride) => Pack(source, rows, columns, stride, 1);

    /// <summary>Packs a matrix that is stored by rows, rounded to the given type.</summary>
    public void Pack(float* source, int rows, int columns, nint stride, WeightType type)
    {
        Compact = CompactMatrix.Create(type, source, rows, columns, stride);
        if (Compact is null) { Pack(source, rows, columns, stride); }
        else { (Rows, Columns) = (rows, columns); }
    }

    /// <summary>Packs the transpose of a matrix that is stored by rows: (rows, columns) becomes (columns, rows).</summary>
    public void PackTransposed(float* source, int rows, int columns, int stride) => Pack(source, columns, rows, 1, stride);

    /// <summary>Makes room for a matrix whose panels the caller writes; its contents are undefined.</summary>
    public void Reserve(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        panels.Resize(Math.Max(1, rows * Padded(columns)));
    }

    private static int Padded(int columns) => (columns + Isa.Lanes - 1) / Isa.Lanes * Isa.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(float* source, int rows, int columns, nint rowStride, nint columnStride)
    {
        Reserve(rows, columns);
        int lanes = Isa.Lanes;
        int padded = Padded(columns);
        float* target = panels.Pointer;
        for (int first = 0; first < columns; first += 2 * lanes)
        {
            int width = Math.Min(2 * lanes, padded - first);
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
