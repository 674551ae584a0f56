using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels;

/// <summary>Vectors of 256 bits: AVX2, with VNNI where the processor has it.</summary>
internal readonly unsafe struct Dot256 : IDotProduct<Vector256<int>>
{
    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(int* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Broadcast(int* source) => Vector256.Create(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Signs(Vector256<int> x) => x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Magnitudes(Vector256<int> x, Vector256<int> signs) => Vector256.Abs(x.AsSByte()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd(Vector256<int> magnitudes, Vector256<int> signs, Vector256<int> weights, Vector256<int> sum)
    {
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(sum, magnitudes.AsByte(), Avx2.Sign(weights.AsSByte(), signs.AsSByte()));
        }

        if (Avx2.IsSupported)
        {
            Vector256<short> pairs = Avx2.MultiplyAddAdjacent(magnitudes.AsByte(), Avx2.Sign(weights.AsSByte(), signs.AsSByte()));
            return sum + Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
        }

        return Vector256.Create(
            Dot128.MultiplyAdd(magnitudes.GetLower(), signs.GetLower(), weights.GetLower(), sum.GetLower()),
            Dot128.MultiplyAdd(magnitudes.GetUpper(), signs.GetUpper(), weights.GetUpper(), sum.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreScaled(float* destination, Vector256<int> sum, float rowScale, float* scales, float* start) =>
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(sum), Vector256.Create(rowScale) * Vector256.Load(scales), Vector256.Load(start))
            .Store(destination);
}
