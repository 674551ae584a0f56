using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>
/// Rows of channels, and what is computed channel by channel:
/// <code>
/// y = (x - m) a + b
/// Σ w x     Σ w (x - m)²     Σ dy     Σ dy (x - m)
/// dx = a dy - w (b + c (x - m))
/// </code>
/// w is 1, or the mask's byte for the row. Each block of rows sums in single precision, ascending; blocks are added in double precision, ascending.
/// </summary>
internal sealed class ChannelWork : RowWork
{
    private readonly TensorBuffer partial = new(0);
    private Operation operation;
    private TensorBuffer x = null!;
    private TensorBuffer y = null!;
    private TensorBuffer dy = null!;
    private TensorBuffer m = null!;
    private TensorBuffer a = null!;
    private TensorBuffer b = null!;
    private TensorBuffer c = null!;
    private Mask? mask;
    private int channels;

    private enum Operation
    {
        Apply,
        Sum,
        SquareSum,
        GradientSums,
        InputGradient,
    }

    /// <summary>y = (x - m) a + b; y may be the memory of x.</summary>
    public void Apply(TensorBuffer rows, TensorBuffer origin, TensorBuffer factor, TensorBuffer offset, TensorBuffer result)
    {
        (x, m, a, b, y) = (rows, origin, factor, offset, result);
        Run(Operation.Apply, rows.Length / Math.Max(1, factor.Length), factor.Length);
    }

    /// <summary>Overwrites <paramref name="sum"/> with Σ w x.</summary>
    public void Sum(TensorBuffer rows, Mask? weights, Span<double> sum)
    {
        (x, mask) = (rows, weights);
        Run(Operation.Sum, rows.Length / Math.Max(1, sum.Length), sum.Length);
        Total(0, sum);
    }

    /// <summary>Overwrites <paramref name="sum"/> with Σ w (x - m)².</summary>
    public void SquareSum(TensorBuffer rows, TensorBuffer origin, Mask? weights, Span<double> sum)
    {
        (x, m, mask) = (rows, origin, weights);
        Run(Operation.SquareSum, rows.Length / Math.Max(1, sum.Length), sum.Length);
        Total(0, sum);
    }

    /// <summary>Overwrites the sums with Σ dy and Σ dy (x - m).</summary>
    public void GradientSums(TensorBuffer gradient, TensorBuffer rows, TensorBuffer origin, Span<double> sum, Span<double> along)
    {
        (dy, x, m) = (gradient, rows, origin);
        Run(Operation.GradientSums, rows.Length / Math.Max(1, sum.Length), sum.Length);
        Total(0, sum);
        Total(1, along);
    }

    /// <summary>dx = a dy - w (b + c (x - m)); dx may be the memory of dy.</summary>
    public void InputGradient(
        TensorBuffer gradient, TensorBuffer rows, TensorBuffer origin, TensorBuffer factor, TensorBuffer offset, TensorBuffer slope,
        Mask? weights, TensorBuffer result)
    {
        (dy, x, m, a, b, c, mask, y) = (gradient, rows, origin, factor, offset, slope, weights, result);
        Run(Operation.InputGradient, rows.Length / Math.Max(1, factor.Length), factor.Length);
    }

    protected override void OnRows(int block, int first, int count)
    {
        Span<float> sums = operation is Operation.Apply or Operation.InputGradient ? default : partial.Span.Slice(2 * channels * block, 2 * channels);
        sums.Clear();
        for (int row = first; row < first + count; row++)
        {
            bool counts = mask is null || mask.Span[row] != 0;
            switch (operation)
            {
                case Operation.Apply: ApplyRow(Row(x, row), Row(y, row)); break;
                case Operation.Sum when counts: AddRow(Row(x, row), sums); break;
                case Operation.SquareSum when counts: AddSquares(Row(x, row), sums); break;
                case Operation.GradientSums: AddGradients(Row(dy, row), Row(x, row), sums); break;
                case Operation.InputGradient: InputGradientRow(Row(dy, row), Row(x, row), Row(y, row), counts ? 1 : 0); break;
                default: break;
            }
        }
    }

    private void Run(Operation given, int rows, int channelCount)
    {
        (operation, channels) = (given, channelCount);
        Prepare(rows, channels);
        partial.Resize(Blocks, 2, channels);
        Run((long)rows * channels);
        mask = null;
    }

    private void Total(int which, Span<double> total)
    {
        total.Clear();
        for (int block = 0; block < Blocks; block++)
        {
            ReadOnlySpan<float> sums = partial.Span.Slice(((2 * block) + which) * channels, channels);
            for (int i = 0; i < sums.Length; i++) { total[i] += sums[i]; }
        }
    }

    private Span<float> Row(TensorBuffer rows, int row) => rows.Span.Slice(row * channels, channels);

    private void ApplyRow(ReadOnlySpan<float> from, Span<float> to)
    {
        ReadOnlySpan<float> origin = m.Span, factor = a.Span, offset = b.Span;
        for (int i = 0; i < from.Length; i += Vector256<float>.Count)
        {
            Padded.Store(((Padded.Load(from, i) - Padded.Load(origin, i)) * Padded.Load(factor, i)) + Padded.Load(offset, i), to, i);
        }
    }

    private static void AddRow(ReadOnlySpan<float> row, Span<float> sums)
    {
        sums = sums[..row.Length];
        for (int i = 0; i < row.Length; i += Vector256<float>.Count) { Padded.Store(Padded.Load(sums, i) + Padded.Load(row, i), sums, i); }
    }

    private void AddSquares(ReadOnlySpan<float> row, Span<float> sums)
    {
        ReadOnlySpan<float> origin = m.Span;
        sums = sums[..row.Length];
        for (int i = 0; i < row.Length; i += Vector256<float>.Count)
        {
            Vector256<float> d = Padded.Load(row, i) - Padded.Load(origin, i);
            Padded.Store(Padded.Load(sums, i) + (d * d), sums, i);
        }
    }

    private void AddGradients(ReadOnlySpan<float> gradient, ReadOnlySpan<float> row, Span<float> sums)
    {
        ReadOnlySpan<float> origin = m.Span;
        Span<float> plain = sums[..channels];
        Span<float> along = sums[channels..];
        for (int i = 0; i < row.Length; i += Vector256<float>.Count)
        {
            Vector256<float> g = Padded.Load(gradient, i);
            Padded.Store(Padded.Load(plain, i) + g, plain, i);
            Padded.Store(Padded.Load(along, i) + (g * (Padded.Load(row, i) - Padded.Load(origin, i))), along, i);
        }
    }

    private void InputGradientRow(ReadOnlySpan<float> gradient, ReadOnlySpan<float> row, Span<float> to, float weight)
    {
        ReadOnlySpan<float> origin = m.Span, factor = a.Span, offset = b.Span, slope = c.Span;
        Vector256<float> w = Vector256.Create(weight);
        for (int i = 0; i < row.Length; i += Vector256<float>.Count)
        {
            Vector256<float> part = Padded.Load(offset, i) + (Padded.Load(slope, i) * (Padded.Load(row, i) - Padded.Load(origin, i)));
            Padded.Store((Padded.Load(factor, i) * Padded.Load(gradient, i)) - (w * part), to, i);
        }
    }
}
