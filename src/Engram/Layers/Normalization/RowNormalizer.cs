using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>What rows are divided by.</summary>
internal enum RowScale
{
    /// <summary>The mean is subtracted, and the rest divided by its standard deviation.</summary>
    Deviation,

    /// <summary>Divided by the standard deviation, the mean left in.</summary>
    DeviationAlone,

    /// <summary>Divided by the root of the mean square.</summary>
    RootMeanSquare,

    /// <summary>Divided by the Euclidean length.</summary>
    Length,
}

/// <summary>
/// Rows brought to unit scale, with n elements a row, m its mean and ε against division by zero:
/// <code>
/// x̂ = (x - s) r      s = m or 0      r = 1 / √(Σ (x - c)² / n + ε)      c = m or 0      (Length: r = 1 / √(Σ x²))
/// dx = r (g - mean(g) - (x - c) r mean(g x̂))      without mean(g) where s = 0      (Length: Σ(g x̂) for its mean)
/// </code>
/// Kept from forward to backward: x̂, r and the part of c that x̂ has not lost.
/// </summary>
internal sealed class RowNormalizer : RowWork
{
    private const float ShortestSquared = 1e-24f;

    private TensorBuffer source = null!;
    private TensorBuffer target = null!;
    private TensorBuffer normalized = null!;
    private TensorBuffer statistics = null!;
    private RowScale scale;
    private float epsilon;
    private int length;
    private bool back;

    /// <summary>Overwrites x̂ (which may be the memory of x) and the statistics.</summary>
    /// <param name="x">(rows, length).</param>
    /// <param name="xHat">(rows, length).</param>
    /// <param name="kept">(rows, 2).</param>
    /// <param name="rowLength">The length of a row.</param>
    /// <param name="rowScale">What rows are divided by.</param>
    /// <param name="smallest">ε.</param>
    public void Forward(TensorBuffer x, TensorBuffer xHat, TensorBuffer kept, int rowLength, RowScale rowScale, float smallest)
    {
        (source, normalized, statistics, length, scale, epsilon, back) = (x, xHat, kept, rowLength, rowScale, smallest, false);
        Prepare(x.Length / length, length);
        Run(3L * x.Length);
    }

    /// <summary>Overwrites dx (which may be the memory of g) from g, the derivative with respect to x̂.</summary>
    public void Backward(TensorBuffer g, TensorBuffer xHat, TensorBuffer kept, TensorBuffer dx, int rowLength, RowScale rowScale)
    {
        (source, normalized, statistics, target, length, scale, back) = (g, xHat, kept, dx, rowLength, rowScale, true);
        Prepare(g.Length / length, length);
        Run(3L * g.Length);
    }

    protected override void OnRows(int block, int first, int count)
    {
        for (int row = first; row < first + count; row++)
        {
            ReadOnlySpan<float> from = source.Span.Slice(row * length, length);
            Span<float> kept = statistics.Span.Slice(2 * row, 2);
            Span<float> xHat = normalized.Span.Slice(row * length, length);
            if (back) { BackwardRow(from, xHat, kept, target.Span.Slice(row * length, length)); }
            else { ForwardRow(from, xHat, kept); }
        }
    }

    private void ForwardRow(ReadOnlySpan<float> x, Span<float> xHat, Span<float> kept)
    {
        float centre = scale is RowScale.Deviation or RowScale.DeviationAlone ? RowOperations.Sum(x) / length : 0;
        float squares = RowOperations.SquaredDistance(x, centre);
        float r = scale == RowScale.Length
            ? 1 / MathF.Sqrt(MathF.Max(squares, ShortestSquared))
            : 1 / MathF.Sqrt((squares / length) + epsilon);
        Vector256<float> shift = Vector256.Create(scale == RowScale.Deviation ? centre : 0);
        Vector256<float> factor = Vector256.Create(r);
        for (int i = 0; i < x.Length; i += Vector256<float>.Count) { Padded.Store((Padded.Load(x, i) - shift) * factor, xHat, i); }
        kept[0] = r;
        kept[1] = scale == RowScale.DeviationAlone ? centre * r : 0;
    }

    private void BackwardRow(ReadOnlySpan<float> g, ReadOnlySpan<float> xHat, ReadOnlySpan<float> kept, Span<float> dx)
    {
        float along = RowOperations.Dot(g, xHat);
        if (scale != RowScale.Length) { along /= length; }
        else if (kept[0] >= 1 / MathF.Sqrt(ShortestSquared)) { along = 0; } // too short: the divisor is a constant
        Vector256<float> mean = Vector256.Create(scale == RowScale.Deviation ? RowOperations.Sum(g) / length : 0);
        Vector256<float> slope = Vector256.Create(along);
        Vector256<float> centre = Vector256.Create(kept[1]);
        Vector256<float> factor = Vector256.Create(kept[0]);
        for (int i = 0; i < g.Length; i += Vector256<float>.Count)
        {
            Padded.Store(factor * (Padded.Load(g, i) - mean - ((Padded.Load(xHat, i) - centre) * slope)), dx, i);
        }
    }
}
