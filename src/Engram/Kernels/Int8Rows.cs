using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Engram.Kernels;

/// <summary>
/// Rows of floats as 8-bit whole numbers, each row with a scale of its own:
/// <code>
/// s_i = max over k of |A[i, k]| / 127          P[i, k] = the nearest whole number to A[i, k] (127 / max), ties to even
/// </code>
/// A row with a number that is not finite gets the scale NaN, so that every sum with it is NaN.
/// </summary>
internal sealed unsafe class Int8Rows
{
    // Below, 127 / max would be infinite; such a row counts as zero.
    private const float Smallest = 1e-36f;

    [ThreadStatic]
    private static Int8Rows?[]? threadRows;

    private readonly TensorBuffer codes = new(0);
    private readonly TensorBuffer scales = new(0);

    /// <summary>P, four numbers in each element, each row filled up to whole elements with zeros.</summary>
    public int* Codes => (int*)codes.Pointer;

    /// <summary>s.</summary>
    public float* Scales => scales.Pointer;

    /// <summary>The calling thread's own; as many as it multiplies matrices together.</summary>
    public static Int8Rows OfThread(int slot)
    {
        Int8Rows?[] rows = threadRows ??= new Int8Rows?[ColumnBlocks.MostProducts];
        return rows[slot] ??= new Int8Rows();
    }

    /// <summary>Overwrites codes and scales with those of <paramref name="count"/> rows.</summary>
    /// <param name="count">The number of rows.</param>
    /// <param name="a">The first row.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="length">The length of a row.</param>
    public void Encode(int count, float* a, nint stride, int length)
    {
        int padded = (length + 3) / 4 * 4;
        codes.Resize(Math.Max(1, count * (padded / 4)));
        scales.Resize(Math.Max(1, count));
        var target = (sbyte*)codes.Pointer;
        for (int i = 0; i < count; i++, a += stride, target += padded)
        {
            var row = new ReadOnlySpan<float>(a, length);
            float largest = Math.Abs(TensorPrimitives.MaxMagnitude(row)); // NaN if there is one
            bool finite = float.IsFinite(largest);
            scales.Span[i] = !finite ? float.NaN : largest < Smallest ? 0 : largest / 127;
            float inverse = !finite || largest < Smallest ? 0 : 127 / largest;
            EncodeRow(a, length, finite ? inverse : 0, target);
            new Span<sbyte>(target + length, padded - length).Clear();
        }
    }

    private static void EncodeRow(float* a, int length, float inverse, sbyte* target)
    {
        int k = 0;
        Vector128<float> factor = Vector128.Create(inverse);
        for (; k <= length - 16; k += 16)
        {
            Vector128<short> lower = Vector128.Narrow(Four(a + k, factor), Four(a + k + 4, factor));
            Vector128<short> upper = Vector128.Narrow(Four(a + k + 8, factor), Four(a + k + 12, factor));
            Vector128.Narrow(lower, upper).Store(target + k);
        }

        for (; k < length; k++) { target[k] = inverse == 0 ? (sbyte)0 : (sbyte)MathF.Round(a[k] * inverse); }
    }

    private static Vector128<int> Four(float* a, Vector128<float> factor) =>
        Vector128.ConvertToInt32(Vector128.Round(Vector128.Load(a) * factor));
}
