using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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

    /// <summary>The first panel.</summary>
    public float* Pointer => panels.Pointer;

    /// <summary>Packs a matrix that is stored by rows.</summary>
    /// <param name="source">The element (0, 0).</param>
    /// <param name="rows">The number of rows k.</param>
    /// <param name="columns">The number of columns n.</param>
    /// <param name="stride">From one row to the next.</param>
    public void Pack(float* source, int rows, int columns, nint stride)
    {
        Resize(rows, columns);
        var panels = new RowPanels { Source = source, Rows = rows, Columns = columns, Stride = stride, Target = Pointer };
        Isa.Run(ref panels);
    }

    /// <summary>Packs the transpose of a matrix that is stored by rows: (rows, columns) becomes (columns, rows).</summary>
    public void PackTransposed(float* source, int rows, int columns, int stride)
    {
        Resize(columns, rows);
        var panels = new ColumnPanels { Source = source, Rows = columns, Columns = rows, Stride = stride, Target = Pointer };
        Isa.Run(ref panels);
    }

    private void Resize(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
        int padded = (columns + Isa.Lanes - 1) / Isa.Lanes * Isa.Lanes;
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
            for (int first = 0; first < Columns; first += 2 * TIsa.Lanes)
            {
                int left = Columns - first;
                float* row = Source + first;
                for (int k = 0; k < Rows; k++, row += Stride)
                {
                    target = CopyVector<TIsa, V>(row, left, target);
                    if (left > TIsa.Lanes) { target = CopyVector<TIsa, V>(row + TIsa.Lanes, left - TIsa.Lanes, target); }
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
            for (int first = 0; first < Columns; first += 2 * TIsa.Lanes)
            {
                int width = Columns - first > TIsa.Lanes ? 2 * TIsa.Lanes : TIsa.Lanes;
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
