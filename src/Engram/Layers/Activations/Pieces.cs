using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>Comparisons and choices that functions made of pieces share.</summary>
internal static class Pieces
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Above(Vector256<float> x, float limit) => Vector256.GreaterThan(x, Vector256.Create(limit));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> AtMost(Vector256<float> x, float limit) => Vector256.LessThanOrEqual(x, Vector256.Create(limit));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Select(Vector256<float> condition, float whereTrue, float whereFalse) =>
        Vector256.ConditionalSelect(condition, Vector256.Create(whereTrue), Vector256.Create(whereFalse));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Clamp(Vector256<float> x, float low, float high) =>
        Vector256.Min(Vector256.Max(x, Vector256.Create(low)), Vector256.Create(high));

    /// <summary>A slope where y is strictly between two limits, 0 elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Inside(Vector256<float> y, float low, float high, float slope) =>
        Above(y, low) & Vector256.LessThan(y, Vector256.Create(high)) & Vector256.Create(slope);
}
