namespace Engram.Kernels;

/// <summary>One product C (m, n) = start + A (m, k) B: what is multiplied and where everything is.</summary>
internal unsafe struct MatrixProduct
{
    /// <summary>The number of rows.</summary>
    public int M;

    /// <summary>A, the values that the sums begin with, and C.</summary>
    public float* A, Start, C;

    /// <summary>From one row to the next; that of the start values is 0 for a bias row that is the same for all.</summary>
    public nint AStride, StartStride, CStride;

    /// <summary>B (k, n).</summary>
    public PackedMatrix B;

    /// <summary>A as 8-bit whole numbers and the scales of its rows, where B wants them; see <see cref="Int8Rows"/>.</summary>
    public int* Codes;

    /// <inheritdoc cref="Codes"/>
    public float* RowScales;

    /// <summary>
    /// About how long it takes, in multiply-adds: a few rows wait for the weights, which takes about one for each byte.
    /// </summary>
    public readonly long Operations => (long)Math.Max(M, B.BytesPerWeight) * B.Rows * B.Columns;

    /// <summary>The columns of a panel, or of most of them.</summary>
    public readonly int ColumnsPerPanel => B.Compact?.PanelColumns ?? 3 * Isa.Lanes;

    /// <summary>Whether the columns may be split before this one, because a panel begins there or the product has ended.</summary>
    public readonly bool CanSplitAt(int column) => column >= B.Columns
        || (B.Compact is { } compact ? column % compact.PanelColumns == 0 : new Panels(B.Columns, Isa.Lanes).BeginAt(column));

    /// <summary>Computes some columns.</summary>
    /// <param name="first">The first column, at the beginning of a panel.</param>
    /// <param name="count">The number of columns.</param>
    public readonly void RunColumns(int first, int count)
    {
        if (count <= 0) { return; }
        if (B.Compact is { } compact) { compact.Multiply(this, first, count); }
        else { Gemm.MultiplyPanels(this, first, count); }
    }
}
