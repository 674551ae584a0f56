using System.Numerics;

namespace Engram.Cells.Reference;

/// <summary>The three products of a vector and a matrix that forward and backward passes consist of, as plain loops.</summary>
internal static class ReferenceMath
{
    /// <summary>y += x A. x: (n), A: (n, width), of which the columns from <paramref name="first"/> on are taken; y: (m).</summary>
    internal static void AddProduct<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> a, int width, int first, Span<T> y)
        where T : IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < y.Length; j++) { y[j] += x[i] * a[(i * width) + first + j]; }
        }
    }

    /// <summary>dx += dy Aᵀ.</summary>
    internal static void AddProductTransposed<T>(ReadOnlySpan<T> dy, ReadOnlySpan<T> a, int width, int first, Span<T> dx)
        where T : IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < dx.Length; i++)
        {
            for (int j = 0; j < dy.Length; j++) { dx[i] += dy[j] * a[(i * width) + first + j]; }
        }
    }

    /// <summary>dA += xᵀ dy.</summary>
    internal static void AddOuterProduct<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> da, int width, int first)
        where T : IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < dy.Length; j++) { da[(i * width) + first + j] += x[i] * dy[j]; }
        }
    }

    /// <summary>y += x.</summary>
    internal static void Add<T>(ReadOnlySpan<T> x, Span<T> y) where T : IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++) { y[i] += x[i]; }
    }
}
