using System.Runtime.Intrinsics;

namespace Engram.Training;

/// <summary>Sums in double precision over eight lanes whatever the machine, so that every instruction set gives the same bits.</summary>
internal static class OrderedSum
{
    /// <summary>Σ x².</summary>
    public static double OfSquares(ReadOnlySpan<float> x)
    {
        Vector512<double> sum = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            Vector256<float> v = Vector256.Create(x[i..]);
            Vector512<double> wide = Vector512.Create(Vector256.WidenLower(v), Vector256.WidenUpper(v));
            sum += wide * wide;
        }

        double total = 0;
        for (int lane = 0; lane < 8; lane++) { total += sum[lane]; }
        for (; i < x.Length; i++) { total += (double)x[i] * x[i]; }
        return total;
    }
}
