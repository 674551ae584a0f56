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
}
