using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// A matrix of 8-bit whole numbers with one scale for each column, multiplied with rows that are rounded to 8 bits with one scale each
/// (see <see cref="Int8Rows"/>):
/// <code>
/// t_j = max over k of |B[k, j]| / 127          Q[k, j] = the nearest whole number to B[k, j] / t_j, ties to even
/// C[i, j] = start[i, j] + s_i t_j Σ P[i, k] Q[k, j]
/// </code>
/// The sum runs in 32-bit whole numbers, so its order is of no account, and is scaled once, with one rounding for the scales' product and one
/// for the multiply-add: the same bits on every tier and by every route of <see cref="IDotProduct{I}"/>.
/// </summary>
/// <remarks>
/// A panel is four vectors of columns wide; each vector has all its rows one after the other, four rows of a column in each 32-bit lane. A core
/// reads the four side by side, because it fetches four streams from afar faster than one.
/// </remarks>
internal sealed unsafe class Int8Matrix : CompactMatrix
{
    /// <summary>The most rows for which no sum can leave 32 bits: 127 x 127 x this is below 2^31.</summary>
    public const int MostRows = 133_000;

    private const int Largest = 127;

    private readonly TensorBuffer codes;
    private readonly TensorBuffer scales;
    private readonly int rows;

    public Int8Matrix(float* source, int rows, int columns, nint stride)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, MostRows);
        this.rows = rows;
        int panels = (columns + PanelColumns - 1) / PanelColumns;
        int padded = panels * PanelColumns;
        codes = new TensorBuffer(checked(Groups * padded));
        scales = new TensorBuffer(padded);
        var target = (sbyte*)codes.Pointer;
        for (int j = 0; j < columns; j++)
        {
            float largest = 0;
            for (int k = 0; k < rows; k++) { largest = Math.Max(largest, Math.Abs(source[(k * stride) + j])); }
            float scale = largest / Largest;
            scales.Span[j] = scale;
            (int vector, int column) = Math.DivRem(j, Isa.Lanes);
            for (int k = 0; k < rows && scale > 0; k++)
            {
                (int group, int place) = Math.DivRem(k, 4);
                nint at = (((((nint)vector * Groups) + group) * Isa.Lanes) + column) * 4;
                target[at + place] = Code(source[(k * stride) + j] / scale);
            }
        }
    }

    public override int PanelColumns => 4 * Isa.Lanes;

    public override int BytesPerWeight => 1;

    private int Groups => (rows + 3) / 4;

    /// <summary>The nearest whole number, ties to even; a scale that lost bits near zero may ask for more than 127.</summary>
    private static sbyte Code(float value) => (sbyte)Math.Clamp(MathF.Round(value), -Largest, Largest);

    public override void Prepare(ref MatrixProduct product, int slot)
    {
        Int8Rows coded = Int8Rows.OfThread(slot);
        coded.Encode(product.M, product.A, product.AStride, rows);
        product.Codes = coded.Codes;
        product.RowScales = coded.Scales;
    }

    public override void Multiply(in MatrixProduct product, int first, int count)
    {
        var loop = new Panels
        {
            Product = product,
            First = first,
            Count = count,
            Groups = Groups,
            Weights = (int*)codes.Pointer + ((nint)first * Groups),
            Scales = scales.Pointer + first,
        };
        Isa.RunDot(ref loop);
    }

    /// <summary>All rows by one panel after another; a panel stays in the first-level cache while the rows go by.</summary>
    private struct Panels : IDotKernel
    {
        public MatrixProduct Product;
        public int First, Count, Groups;
        public int* Weights;
        public float* Scales;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TDot, I>() where TDot : struct, IDotProduct<I> where I : struct
        {
            int width = 4 * TDot.Lanes;
            float* edge = stackalloc float[width];
            int* panel = Weights;
            for (int j = 0; j < Count; j += width, panel += (nint)Groups * width)
            {
                int columns = Math.Min(width, Count - j);
                for (int row = 0; row < Product.M; row++)
                {
                    float* start = Product.Start + (row * Product.StartStride) + First + j;
                    float* c = Product.C + (row * Product.CStride) + First + j;
                    float* target = columns < width ? edge : c;
                    if (columns < width)
                    {
                        new ReadOnlySpan<float>(start, columns).CopyTo(new Span<float>(edge, columns));
                        start = edge;
                    }

                    Row<TDot, I>(panel, Product.Codes + ((nint)row * Groups), Groups, start, target, Product.RowScales[row], Scales + j);
                    if (columns < width) { new ReadOnlySpan<float>(edge, columns).CopyTo(new Span<float>(c, columns)); }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Row<TDot, I>(int* weights, int* codes, int groups, float* start, float* c, float rowScale, float* scales)
            where TDot : struct, IDotProduct<I>
            where I : struct
        {
            nint next = (nint)groups * TDot.Lanes;
            int* w0 = weights, w1 = w0 + next, w2 = w1 + next, w3 = w2 + next;
            I s0 = default, s1 = default, s2 = default, s3 = default;
            for (nint group = groups; group > 0; group--)
            {
                I x = TDot.Broadcast(codes++);
                I signs = TDot.Signs(x);
                I magnitudes = TDot.Magnitudes(x, signs);
                s0 = TDot.MultiplyAdd(magnitudes, signs, TDot.Load(w0), s0);
                s1 = TDot.MultiplyAdd(magnitudes, signs, TDot.Load(w1), s1);
                s2 = TDot.MultiplyAdd(magnitudes, signs, TDot.Load(w2), s2);
                s3 = TDot.MultiplyAdd(magnitudes, signs, TDot.Load(w3), s3);
                w0 += TDot.Lanes;
                w1 += TDot.Lanes;
                w2 += TDot.Lanes;
                w3 += TDot.Lanes;
            }

            TDot.StoreScaled(c, s0, rowScale, scales, start);
            TDot.StoreScaled(c + TDot.Lanes, s1, rowScale, scales + TDot.Lanes, start + TDot.Lanes);
            TDot.StoreScaled(c + (2 * TDot.Lanes), s2, rowScale, scales + (2 * TDot.Lanes), start + (2 * TDot.Lanes));
            TDot.StoreScaled(c + (3 * TDot.Lanes), s3, rowScale, scales + (3 * TDot.Lanes), start + (3 * TDot.Lanes));
        }
    }
}
