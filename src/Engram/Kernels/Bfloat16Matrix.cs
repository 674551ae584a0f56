using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// A matrix of bfloat16. It is widened as it is read, which is a shift by 16 bits, and multiplied as 32-bit floats in the same order, so
/// a product has the bits of the product with the rounded weights.
/// </summary>
/// <remarks>
/// A panel is eight vectors wide: of each row four vectors of pairs, the lower halves the columns of one vector, the upper halves those of
/// the next, so that a shift and a mask make two whole vectors.
/// </remarks>
internal sealed unsafe class Bfloat16Matrix : CompactMatrix
{
    // Up to here the panel is widened again for each row; from here on once, into memory, for all of them.
    private const int FewRows = 8;

    [ThreadStatic]
    private static PackedMatrix? threadPanel;

    private readonly TensorBuffer pairs;
    private readonly int rows;

    public Bfloat16Matrix(float* source, int rows, int columns, nint stride)
    {
        this.rows = rows;
        int lanes = Isa.Lanes;
        int panels = (columns + PanelColumns - 1) / PanelColumns;
        pairs = new TensorBuffer(checked(panels * 4 * lanes * rows));
        var target = (ushort*)pairs.Pointer;
        for (int panel = 0; panel < panels; panel++)
        {
            for (int k = 0; k < rows; k++, target += PanelColumns)
            {
                int present = Math.Min(PanelColumns, columns - (panel * PanelColumns));
                float* row = source + (k * stride) + (panel * PanelColumns);
                for (int j = 0; j < present; j++)
                {
                    (int pair, int lane) = Math.DivRem(j, 2 * lanes);
                    target[(((pair * lanes) + (lane % lanes)) * 2) + (lane / lanes)] = Round(row[j]);
                }
            }
        }
    }

    public override int PanelColumns => 8 * Isa.Lanes;

    public override int BytesPerWeight => 2;

    /// <summary>The nearest bfloat16, ties to even; what is too large becomes infinite, NaN stays NaN.</summary>
    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) { return (ushort)((bits >> 16) | 0x40); } // quiet, whatever its lower bits were
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The 32-bit float of a bfloat16.</summary>
    public static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    public override void Multiply(in MatrixProduct product, int first, int count)
    {
        float* panel = pairs.Pointer + ((nint)first / 2 * rows);
        for (int j = first; j < first + count; j += PanelColumns, panel += PanelColumns / 2 * (nint)rows)
        {
            int columns = Math.Min(PanelColumns, first + count - j);
            if (product.M <= FewRows)
            {
                var loop = new OneRow { Product = product, Rows = rows, Panel = panel, First = j, Columns = columns };
                for (loop.Row = 0; loop.Row < product.M; loop.Row++) { Isa.Run(ref loop); }
            }
            else
            {
                MultiplyWidened(product, panel, j, columns);
            }
        }
    }

    // Two vectors of columns at a time, as the tiles of 32-bit floats take them.
    private void MultiplyWidened(in MatrixProduct product, float* panel, int first, int columns)
    {
        PackedMatrix wide = threadPanel ??= new PackedMatrix();
        for (int j = 0; j < columns; j += 2 * Isa.Lanes)
        {
            wide.Reserve(rows, Math.Min(2 * Isa.Lanes, columns - j));
            var loop = new WidenPair { Rows = rows, Pairs = panel + (j / 2), Target = wide.Pointer, OneVector = wide.Columns <= Isa.Lanes };
            Isa.Run(ref loop);
            MatrixProduct block = product;
            block.B = wide;
            block.Start += first + j;
            block.C += first + j;
            block.RunColumns(0, wide.Columns);
        }
    }

    /// <summary>One row of A by one panel: eight sums at once keep the adders busy.</summary>
    private struct OneRow : IKernel
    {
        public MatrixProduct Product;
        public float* Panel;
        public int Rows, Row, First, Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            float* start = Product.Start + (Row * Product.StartStride) + First;
            float* c = Product.C + (Row * Product.CStride) + First;
            float* edge = stackalloc float[8 * TIsa.Lanes];
            if (Columns < 8 * TIsa.Lanes)
            {
                new ReadOnlySpan<float>(start, Columns).CopyTo(new Span<float>(edge, Columns));
                start = edge;
            }

            V r0 = TIsa.Load(start), r1 = TIsa.Load(start + TIsa.Lanes);
            V r2 = TIsa.Load(start + (2 * TIsa.Lanes)), r3 = TIsa.Load(start + (3 * TIsa.Lanes));
            V r4 = TIsa.Load(start + (4 * TIsa.Lanes)), r5 = TIsa.Load(start + (5 * TIsa.Lanes));
            V r6 = TIsa.Load(start + (6 * TIsa.Lanes)), r7 = TIsa.Load(start + (7 * TIsa.Lanes));
            float* a = Product.A + (Row * Product.AStride);
            float* b = Panel;
            for (nint k = Rows; k > 0; k--)
            {
                V x = TIsa.Create(*a++);
                V pair = TIsa.Load(b);
                r0 = TIsa.MultiplyAdd(x, TIsa.WidenLower(pair), r0);
                r1 = TIsa.MultiplyAdd(x, TIsa.WidenUpper(pair), r1);
                pair = TIsa.Load(b + TIsa.Lanes);
                r2 = TIsa.MultiplyAdd(x, TIsa.WidenLower(pair), r2);
                r3 = TIsa.MultiplyAdd(x, TIsa.WidenUpper(pair), r3);
                pair = TIsa.Load(b + (2 * TIsa.Lanes));
                r4 = TIsa.MultiplyAdd(x, TIsa.WidenLower(pair), r4);
                r5 = TIsa.MultiplyAdd(x, TIsa.WidenUpper(pair), r5);
                pair = TIsa.Load(b + (3 * TIsa.Lanes));
                r6 = TIsa.MultiplyAdd(x, TIsa.WidenLower(pair), r6);
                r7 = TIsa.MultiplyAdd(x, TIsa.WidenUpper(pair), r7);
                b += 4 * TIsa.Lanes;
            }

            float* target = Columns < 8 * TIsa.Lanes ? edge : c;
            TIsa.Store(target, r0);
            TIsa.Store(target + TIsa.Lanes, r1);
            TIsa.Store(target + (2 * TIsa.Lanes), r2);
            TIsa.Store(target + (3 * TIsa.Lanes), r3);
            TIsa.Store(target + (4 * TIsa.Lanes), r4);
            TIsa.Store(target + (5 * TIsa.Lanes), r5);
            TIsa.Store(target + (6 * TIsa.Lanes), r6);
            TIsa.Store(target + (7 * TIsa.Lanes), r7);
            if (target == edge) { new ReadOnlySpan<float>(edge, Columns).CopyTo(new Span<float>(c, Columns)); }
        }
    }

    /// <summary>Two vectors of columns of a panel as 32-bit floats, in the layout of <see cref="PackedMatrix"/>.</summary>
    private struct WidenPair : IKernel
    {
        public float* Pairs, Target;
        public int Rows;
        public bool OneVector;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            float* target = Target;
            float* pairs = Pairs;
            for (int k = 0; k < Rows; k++, pairs += 4 * TIsa.Lanes)
            {
                V pair = TIsa.Load(pairs);
                TIsa.Store(target, TIsa.WidenLower(pair));
                target += TIsa.Lanes;
                if (OneVector) { continue; }
                TIsa.Store(target, TIsa.WidenUpper(pair));
                target += TIsa.Lanes;
            }
        }
    }
}
