using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Engram.Training;

/// <summary>
/// The exponentials behind the cross-entropies of logits, in double precision. Eight lanes whatever the machine, summed in one order,
/// so that every instruction set gives the same bits.
/// </summary>
internal static class Softmax
{
    /// <summary>The largest logit and the sum of exp(x - largest).</summary>
    public static (double Largest, double Sum) Normalizer(ReadOnlySpan<float> x)
    {
        double largest = TensorPrimitives.Max(x);
        Vector512<double> shift = Vector512.Create(largest), sum = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - 8; i += 8) { sum += Vector512.Exp(Load(x[i..]) - shift); }
        if (i < x.Length) { sum += Vector512.Exp(LoadTail(x[i..]) - shift); }
        return (largest, Sum(sum));
    }

    /// <summary>destination = factor · softmax(x); the exponentials are taken once.</summary>
    public static void Scaled(ReadOnlySpan<float> x, double factor, Span<float> destination)
    {
        Vector512<double> shift = Vector512.Create((double)TensorPrimitives.Max(x)), sum = Vector512<double>.Zero;
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            Vector512<double> e = Vector512.Exp(Load(x[i..]) - shift);
            sum += e;
            Narrow(e).CopyTo(destination[i..]);
        }

        if (i < x.Length)
        {
            Span<float> tail = stackalloc float[8];
            Vector512<double> e = Vector512.Exp(LoadTail(x[i..]) - shift);
            sum += e;
            Narrow(e).CopyTo(tail);
            tail[..(x.Length - i)].CopyTo(destination[i..]);
        }

        TensorPrimitives.Multiply(destination, (float)(factor / Sum(sum)), destination);
    }

    private static Vector512<double> Load(ReadOnlySpan<float> x)
    {
        Vector256<float> v = Vector256.Create(x);
        return Vector512.Create(Vector256.WidenLower(v), Vector256.WidenUpper(v));
    }

    // The missing numbers are minus infinity: their exponential is 0.
    private static Vector512<double> LoadTail(ReadOnlySpan<float> x)
    {
        Span<float> padded = stackalloc float[8];
        padded.Fill(float.NegativeInfinity);
        x.CopyTo(padded);
        return Load(padded);
    }

    private static Vector256<float> Narrow(Vector512<double> v) => Vector256.Narrow(v.GetLower(), v.GetUpper());

    private static double Sum(Vector512<double> v)
    {
        double sum = 0;
        for (int i = 0; i < 8; i++) { sum += v[i]; }
        return sum;
    }
}
