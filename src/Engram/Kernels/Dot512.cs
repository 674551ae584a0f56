using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels;

/// <summary>Vectors of 512 bits: AVX-512. It has no instruction that gives a byte the sign of another; (w ^ s) - s does, s being 0 or -1.</summary>
internal readonly unsafe struct Dot512 : IDotProduct<Vector512<int>>
{
    public static int Lanes => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(int* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Broadcast(int* source) => Vector512.Create(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Signs(Vector512<int> x) =>
        Avx512BW.IsSupported ? Vector512.LessThan(x.AsSByte(), Vector512<sbyte>.Zero).AsInt32() : x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Magnitudes(Vector512<int> x, Vector512<int> signs) => Vector512.Abs(x.AsSByte()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd(Vector512<int> magnitudes, Vector512<int> signs, Vector512<int> weights, Vector512<int> sum)
    {
        if (Avx512BW.IsSupported)
        {
            Vector512<sbyte> signed = (weights ^ signs).AsSByte() - signs.AsSByte();
            return sum + Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(magnitudes.AsByte(), signed), Vector512<short>.One);
        }

        return Vector512.Create(
            Dot256.MultiplyAdd(magnitudes.GetLower(), signs.GetLower(), weights.GetLower(), sum.GetLower()),
            Dot256.MultiplyAdd(magnitudes.GetUpper(), signs.GetUpper(), weights.GetUpper(), sum.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreScaled(float* destination, Vector512<int> sum, float rowScale, float* scales, float* start) =>
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(sum), Vector512.Create(rowScale) * Vector512.Load(scales), Vector512.Load(start))
            .Store(destination);
}
