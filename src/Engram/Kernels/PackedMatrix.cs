namespace Engram.Kernels;

/// <summary>
/// A matrix B (k, n) in panels as the tile reads it (see <see cref="Panels"/>), each panel all its rows one after the other, the last one
/// padded with zeros.
/// </summary>
internal sealed unsafe class PackedMatrix
{
    [ThreadStatic]
    private static PanelBlocks? threadBlocks;

    private readonly TensorBuffer panels = new(0);

    /// <summary>The number of rows: the contraction length.</summary>
    public int Rows { get; private set; }

    /// <summary>The number of columns, padding not counted unless <see cref="WholeVectors"/>.</summary>
    public int Columns { get; private set; }

    /// <summary>
    /// Whether padding counts as columns, so that products store whole vectors only: for results whose rows have room for them. Numbers behind
    /// the columns are undefined then.
    /// </summary>
    public bool WholeVectors { get; init; }

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
    public void Pack(float* source, int rows, int columns, nint stride)
    {
        Reserve(rows, columns);
        Copy(new PanelCopy { Source = source, Rows = rows, Columns = columns, Stride = stride, Target = Pointer });
    }

    /// <summary>Packs a matrix that is stored by rows, rounded to the given type.</summary>
    public void Pack(float* source, int rows, int columns, nint stride, WeightType type)
    {
        Compact = CompactMatrix.Create(type, source, rows, columns, stride);
        if (Compact is null) { Pack(source, rows, columns, stride); }
        else { (Rows, Columns) = (rows, columns); }
    }

    /// <summary>Packs the transpose of a matrix that is stored by rows: (rows, columns) becomes (columns, rows).</summary>
    public void PackTransposed(float* source, int rows, int columns, int stride)
    {
        Reserve(columns, rows);
        Copy(new PanelCopy { Source = source, Rows = columns, Columns = rows, Stride = stride, Target = Pointer, Transposes = true });
    }

    /// <summary>Makes room for a matrix whose panels the caller writes; its contents are undefined.</summary>
    public void Reserve(int rows, int columns)
    {
        int padded = (columns + Isa.Lanes - 1) / Isa.Lanes * Isa.Lanes;
        Rows = rows;
        Columns = WholeVectors ? padded : columns;
        panels.Resize(Math.Max(1, rows * padded));
    }

    private static void Copy(in PanelCopy copy)
    {
        const int OperationsPerNumber = 2; // reading and writing take longer than what a multiply-add does
        long operations = (long)OperationsPerNumber * copy.Rows * copy.Columns;
        if (Workers.CanShare(operations)) { (threadBlocks ??= new PanelBlocks()).Run(copy, operations); }
        else { copy.Run(0, new Panels(copy.Columns, Isa.Lanes).Count); }
    }
}
