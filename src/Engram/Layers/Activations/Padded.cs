using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>Vectors from and to spans of any length: beyond the end zeros are read and nothing is written.</summary>
internal static class Padded
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Load(ReadOnlySpan<float> source, int start) => start + Vector256<float>.Count <= source.Length
        ? Vector256.Create(source.Slice(start, Vector256<float>.Count))
        : LoadTail(source[start..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector256<float> value, Span<float> destination, int start)
    {
        if (start + Vector256<float>.Count <= destination.Length) { value.CopyTo(destination[start..]); }
        else { StoreTail(value, destination[start..]); }
    }

    /// <summary>The same value wherever the element exists, and <paramref name="beyond"/> past the end.</summary>
    internal static Vector256<float> Beyond(Vector256<float> value, int start, int length, float beyond)
    {
        int left = length - start;
        return left >= Vector256<float>.Count
            ? value
            : Vector256.ConditionalSelect(
                Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(left)).AsSingle(), value, Vector256.Create(beyond));
    }

    /// <summary>The sum of the eight lanes in a fixed order.</summary>
    internal static float Sum(Vector256<float> v) => ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector256<float> LoadTail(ReadOnlySpan<float> tail)
    {
        Vector256<float> padded = default;
        tail.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<Vector256<float>, float>(ref padded), Vector256<float>.Count));
        return padded;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreTail(Vector256<float> value, Span<float> tail) =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<Vector256<float>, float>(ref value), tail.Length).CopyTo(tail);
}
