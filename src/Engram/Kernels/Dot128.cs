using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels;

/// <summary>Vectors of 128 bits: SSE (with or without VNNI), Arm's dot product, or nothing of the kind.</summary>
internal readonly unsafe struct Dot128 : IDotProduct<Vector128<int>>
{
    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(int* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Broadcast(int* source) => Vector128.Create(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Signs(Vector128<int> x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Magnitudes(Vector128<int> x, Vector128<int> signs) => Vector128.Abs(x.AsSByte()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<int> magnitudes, Vector128<int> signs, Vector128<int> weights, Vector128<int> sum)
    {
        // x w = |x| (w with the sign of x): the instructions of x86 multiply unsigned by signed.
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(sum, magnitudes.AsByte(), Ssse3.Sign(weights.AsSByte(), signs.AsSByte()));
        }

        if (Ssse3.IsSupported)
        {
            Vector128<short> pairs = Ssse3.MultiplyAddAdjacent(magnitudes.AsByte(), Ssse3.Sign(weights.AsSByte(), signs.AsSByte()));
            return sum + Sse2.MultiplyAddAdjacent(pairs, Vector128<short>.One);
        }

        return Dp.IsSupported ? Dp.DotProduct(sum, weights.AsSByte(), signs.AsSByte()) : Portable(signs, weights, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreScaled(float* destination, Vector128<int> sum, float rowScale, float* scales, float* start) =>
        Vector128.FusedMultiplyAdd(Vector128.ConvertToSingle(sum), Vector128.Create(rowScale) * Vector128.Load(scales), Vector128.Load(start))
            .Store(destination);

    /// <summary>One byte of each lane after the other.</summary>
    public static Vector128<int> Portable(Vector128<int> x, Vector128<int> weights, Vector128<int> sum)
    {
        for (int shift = 24; shift >= 0; shift -= 8) { sum += ((x << shift) >> 24) * ((weights << shift) >> 24); }
        return sum;
    }
}
