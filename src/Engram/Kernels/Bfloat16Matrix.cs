using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// A matrix of bfloat16. It is widened as it is read, which is a shift by 16 bits, and multiplied as 32-bit floats in the same order, so
/// a product has the bits of the product with the rounded weights.
/// </summary>
/// <remarks>
/// A panel is eight vectors wide, two by two: each pair has all its rows one after the other, the lower halves of the lanes the columns of the
/// one vector, the upper halves those of the other, so that a shift and a mask make both. A core reads the four pairs side by side, because
/// it fetches four streams from afar faster than one.
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
        for (int first = 0; first < panels * PanelColumns; first += 2 * lanes)
        {
            int present = Math.Clamp(columns - first, 0, 2 * lanes);
            for (int k = 0; k < rows; k++, target += 2 * lanes)
            {
                float* row = source + (k * stride) + first;
                for (int j = 0; j < present; j++) { target[(j % lanes * 2) + (j / lanes)] = Round(row[j]); }
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
            var loop = new WidenPair { Rows = rows, Pairs = panel + ((nint)j / 2 * rows), Target = wide.Pointer, OneVector = wide.Columns <= Isa.Lanes };
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
            nint next = (nint)Rows * TIsa.Lanes;
            float* b0 = Panel, b1 = b0 + next, b2 = b1 + next, b3 = b2 + next;
            for (nint k = Rows; k > 0; k--)
            {
                V x = TIsa.Create(*a++);
                V pair = TIsa.Load(b0);
                r0 = TIsa.MultiplyAdd(x, TIsa.WidenLower(pair), r0);
                r1 = TIsa.MultiplyAdd(x, TIsa.WidenUpper(pair), r1);
                pair = TIsa.Load(b1);
                r2 = TIsa.MultiplyAdd(x, TIsa.WidenLower(pair), r2);
                r3 = TIsa.MultiplyAdd(x, TIsa.WidenUpper(pair), r3);
                pair = TIsa.Load(b2);
                r4 = TIsa.MultiplyAdd(x, TIsa.WidenLower(pair), r4);
                r5 = TIsa.MultiplyAdd(x, TIsa.WidenUpper(pair), r5);
                pair = TIsa.Load(b3);
                r6 = TIsa.MultiplyAdd(x, TIsa.WidenLower(pair), r6);
                r7 = TIsa.MultiplyAdd(x, TIsa.WidenUpper(pair), r7);
                b0 += TIsa.Lanes;
                b1 += TIsa.Lanes;
                b2 += TIsa.Lanes;
                b3 += TIsa.Lanes;
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
            for (int k = 0; k < Rows; k++, pairs += TIsa.Lanes)
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
