using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engram.Kernels;

namespace Engram.Tests.Kernels;

/// <summary>Products of 8-bit whole numbers against plain loops.</summary>
public unsafe class Int8MatrixTests
{
    [Fact]
    public void Products_equal_the_formula_to_the_last_bit()
    {
        foreach (int m in (int[])[1, 2, 3, 5])
        {
            foreach (int n in (int[])[1, 3, 7, 8, 9, 17, 31, 32, 33, 64, 65, 130, 300])
            {
                foreach (int k in (int[])[1, 2, 3, 4, 5, 15, 16, 17, 33])
                {
                    var key = new RandomKey((m * 10_000) + (n * 100) + k);
                    TensorBuffer a = Random(key.Derive(1), m, k + 2), b = Random(key.Derive(2), k, n), c = Random(key.Derive(3), m, n + 3);
                    float[] expected = c.Span.ToArray();
                    Multiply(m, n, k, a.Span, k + 2, b.Span, expected, n + 3);
                    var packed = new PackedMatrix();
                    packed.Pack(b.Pointer, k, n, n, WeightType.Int8);
                    Gemm.Multiply(m, a.Pointer, k + 2, packed, c.Pointer, n + 3, accumulate: true);
                    Assert.Equal(expected, c.Span.ToArray());
                }
            }
        }
    }

    // All numbers of the largest magnitude: a route whose intermediate sums overflow or saturate is found out.
    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(1f, -1f)]
    [InlineData(-1f, 1f)]
    [InlineData(-1f, -1f)]
    public void Nothing_saturates(float x, float weight)
    {
        const int Length = 1000, Columns = 37;
        TensorBuffer a = new(1, Length), b = new(Length, Columns), c = new(1, Columns);
        a.Span.Fill(x * 127);
        b.Span.Fill(weight * 127);
        var packed = new PackedMatrix();
        packed.Pack(b.Pointer, Length, Columns, Columns, WeightType.Int8);
        Gemm.Multiply(1, a.Pointer, Length, packed, c.Pointer, Columns, accumulate: false);
        Assert.All(c.Span.ToArray(), value => Assert.Equal(x * weight * 127 * 127 * Length, value));
    }

    [Fact]
    public void All_routes_give_the_same_whole_numbers()
    {
        var random = new Random(5);
        Span<sbyte> x = stackalloc sbyte[64], weights = stackalloc sbyte[64];
        Span<int> sums = stackalloc int[16];
        for (int attempt = 0; attempt < 2000; attempt++)
        {
            for (int i = 0; i < 64; i++)
            {
                x[i] = (sbyte)(attempt % 2 == 0 ? random.Next(-127, 128) : 127 * ((random.Next(2) * 2) - 1));
                weights[i] = (sbyte)(attempt % 4 < 2 ? random.Next(-127, 128) : 127 * ((random.Next(2) * 2) - 1));
            }

            var expected = new int[16];
            for (int lane = 0; lane < 16; lane++)
            {
                expected[lane] = sums[lane] = random.Next(-1_000_000, 1_000_000);
                for (int i = 4 * lane; i < (4 * lane) + 4; i++) { expected[lane] += x[i] * weights[i]; }
            }

            Vector512<int> x512 = Vector512.Create<int>(MemoryMarshal.Cast<sbyte, int>(x));
            Vector512<int> w512 = Vector512.Create<int>(MemoryMarshal.Cast<sbyte, int>(weights));
            Vector512<int> s512 = Vector512.Create<int>(sums);
            Assert.Equal(Vector512.Create(expected), Add<Dot512, Vector512<int>>(x512, w512, s512));
            Assert.Equal(Vector256.Create(expected), Add<Dot256, Vector256<int>>(x512.GetLower(), w512.GetLower(), s512.GetLower()));
            Vector128<int> x128 = x512.GetLower().GetLower(), w128 = w512.GetLower().GetLower(), s128 = s512.GetLower().GetLower();
            Assert.Equal(Vector128.Create(expected), Add<Dot128, Vector128<int>>(x128, w128, s128));
            Assert.Equal(Vector128.Create(expected), Dot128.Portable(x128, w128, s128));
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_is_not_finite_shows_in_its_row_alone(float bad)
    {
        const int Length = 21, Columns = 10;
        TensorBuffer a = Random(new RandomKey(1), 2, Length), b = Random(new RandomKey(2), Length, Columns), c = new(2, Columns);
        a.Span[Length - 1] = bad;
        var packed = new PackedMatrix();
        packed.Pack(b.Pointer, Length, Columns, Columns, WeightType.Int8);
        Gemm.Multiply(2, a.Pointer, Length, packed, c.Pointer, Columns, accumulate: false);
        Assert.All(c.Span[..Columns].ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.All(c.Span[Columns..].ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-40f)]
    public void A_row_of_next_to_nothing_adds_nothing(float value)
    {
        TensorBuffer a = new(1, 5), b = Random(new RandomKey(2), 5, 3), c = Random(new RandomKey(3), 1, 3);
        a.Span.Fill(value);
        float[] before = c.Span.ToArray();
        var packed = new PackedMatrix();
        packed.Pack(b.Pointer, 5, 3, 3, WeightType.Int8);
        Gemm.Multiply(1, a.Pointer, 5, packed, c.Pointer, 3, accumulate: true);
        Assert.Equal(before, c.Span.ToArray());
    }

    private static I Add<TDot, I>(I x, I weights, I sums) where TDot : struct, IDotProduct<I> where I : struct
    {
        I signs = TDot.Signs(x);
        return TDot.MultiplyAdd(TDot.Magnitudes(x, signs), signs, weights, sums);
    }

    // C += s_i t_j Σ P Q, as the class describes it.
    private static void Multiply(int m, int n, int k, ReadOnlySpan<float> a, int aStride, ReadOnlySpan<float> b, Span<float> c, int cStride)
    {
        for (int i = 0; i < m; i++)
        {
            float largest = 0;
            for (int t = 0; t < k; t++) { largest = Math.Max(largest, Math.Abs(a[(i * aStride) + t])); }
            for (int j = 0; j < n; j++)
            {
                float columnLargest = 0;
                for (int t = 0; t < k; t++) { columnLargest = Math.Max(columnLargest, Math.Abs(b[(t * n) + j])); }
                float scale = columnLargest / 127;
                long sum = 0;
                for (int t = 0; t < k; t++)
                {
                    long p = (long)MathF.Round(a[(i * aStride) + t] * (127 / largest), MidpointRounding.ToEven);
                    long q = (long)MathF.Round(b[(t * n) + j] / scale, MidpointRounding.ToEven);
                    sum += p * q;
                }

                ref float target = ref c[(i * cStride) + j];
                target = MathF.FusedMultiplyAdd(sum, largest / 127 * scale, target);
            }
        }
    }

    private static TensorBuffer Random(RandomKey key, params ReadOnlySpan<int> axes)
    {
        var buffer = new TensorBuffer(axes);
        key.FillUniform(buffer.Span);
        foreach (ref float value in buffer.Span) { value -= 0.5f; }
        return buffer;
    }
}
