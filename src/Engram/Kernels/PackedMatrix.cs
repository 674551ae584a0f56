using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
        var panels = new RowPanels { Source = source, Rows = rows, Columns = columns, Stride = stride, Target = Pointer };
        Isa.Run(ref panels);
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
        var panels = new ColumnPanels { Source = source, Rows = columns, Columns = rows, Stride = stride, Target = Pointer };
        Isa.Run(ref panels);
    }

    /// <summary>Makes room for a matrix whose panels the caller writes; its contents are undefined.</summary>
    public void Reserve(int rows, int columns)
    {
        int padded = (columns + Isa.Lanes - 1) / Isa.Lanes * Isa.Lanes;
        Rows = rows;
        Columns = WholeVectors ? padded : columns;
        panels.Resize(Math.Max(1, rows * padded));
    }

    // Rows of the source are rows of the panels: whole vectors are copied.
    private struct RowPanels : IKernel
    {
        public float* Source, Target;
        public int Rows, Columns;
        public nint Stride;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            float* target = Target;
            var panels = new Panels(Columns, TIsa.Lanes);
            for (int panel = 0; panel < panels.Count; panel++)
            {
                int first = panels.FirstColumn(panel), end = panels.FirstColumn(panel + 1);
                float* row = Source;
                for (int k = 0; k < Rows; k++, row += Stride)
                {
                    for (int j = first; j < end; j += TIsa.Lanes) { target = CopyVector<TIsa, V>(row + j, Columns - j, target); }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static float* CopyVector<TIsa, V>(float* source, int left, float* target)
            where TIsa : struct, IVectorIsa<V>
            where V : struct
        {
            if (left >= TIsa.Lanes) { TIsa.Store(target, TIsa.Load(source)); }
            else
            {
                TIsa.Store(target, TIsa.Zero);
                for (int j = 0; j < left; j++) { target[j] = source[j]; }
            }

            return target + TIsa.Lanes;
        }
    }

    // Rows of the source are columns of the panels: four at a time.
    private struct ColumnPanels : IKernel
    {
        public float* Source, Target;
        public int Rows, Columns;
        public nint Stride;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            float* target = Target;
            var panels = new Panels(Columns, TIsa.Lanes);
            for (int panel = 0; panel < panels.Count; panel++)
            {
                int first = panels.FirstColumn(panel), width = panels.Vectors(panel) * TIsa.Lanes;
                for (int j = 0; j < width; j += 4)
                {
                    CopyColumns(Source + ((first + j) * Stride), Columns - first - j, target + j, width);
                }

                target += (nint)Rows * width;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void CopyColumns(float* a, int left, float* target, int width)
        {
            float* b = a + Stride, c = b + Stride, d = c + Stride;
            for (int k = 0; k < Rows; k++, target += width)
            {
                Vector128<float> values = left >= 4
                    ? Vector128.Create(a[k], b[k], c[k], d[k])
                    : Vector128.Create(left > 0 ? a[k] : 0, left > 1 ? b[k] : 0, left > 2 ? c[k] : 0, 0);
                values.Store(target);
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
