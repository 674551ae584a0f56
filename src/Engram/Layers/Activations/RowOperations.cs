using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>What is computed from a whole row.</summary>
internal static class RowOperations
{
    /// <summary>The largest element; NaN where there is one.</summary>
    internal static float Max(ReadOnlySpan<float> row)
    {
        Vector256<float> max = Vector256.Create(float.NegativeInfinity);
        for (int i = 0; i < row.Length; i += Vector256<float>.Count)
        {
            max = Vector256.Max(max, Padded.Beyond(Padded.Load(row, i), i, row.Length, float.NegativeInfinity));
        }

        float largest = max[0];
        for (int lane = 1; lane < Vector256<float>.Count; lane++) { largest = MathF.Max(largest, max[lane]); }
        return largest;
    }

    /// <summary>The sum of the elements.</summary>
    internal static float Sum(ReadOnlySpan<float> row)
    {
        Vector256<float> sum = default;
        for (int i = 0; i < row.Length; i += Vector256<float>.Count) { sum += Padded.Load(row, i); }
        return Padded.Sum(sum);
    }

    /// <summary>Σ a_i b_i.</summary>
    internal static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector256<float> sum = default;
        for (int i = 0; i < a.Length; i += Vector256<float>.Count) { sum += Padded.Load(a, i) * Padded.Load(b, i); }
        return Padded.Sum(sum);
    }

    /// <summary>Σ (x_i - from)².</summary>
    internal static float SquaredDistance(ReadOnlySpan<float> row, float from)
    {
        Vector256<float> sum = default;
        Vector256<float> origin = Vector256.Create(from);
        for (int i = 0; i < row.Length; i += Vector256<float>.Count)
        {
            Vector256<float> d = Padded.Beyond(Padded.Load(row, i) - origin, i, row.Length, 0);
            sum += d * d;
        }

        return Padded.Sum(sum);
    }
}
