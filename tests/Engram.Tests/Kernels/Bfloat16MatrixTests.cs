using Engram.Kernels;

namespace Engram.Tests.Kernels;

/// <summary>Rounding to bfloat16 and products with matrices of it.</summary>
public unsafe class Bfloat16MatrixTests
{
    [Theory]
    [InlineData(0x00000000u, 0x0000)]
    [InlineData(0x80000000u, 0x8000)]
    [InlineData(0x3F800000u, 0x3F80)] // 1
    [InlineData(0x3F808000u, 0x3F80)] // a tie goes to the even neighbour, down
    [InlineData(0x3F818000u, 0x3F82)] // and up
    [InlineData(0x3F808001u, 0x3F81)]
    [InlineData(0x3F807FFFu, 0x3F80)]
    [InlineData(0xBF818000u, 0xBF82)]
    [InlineData(0x00000001u, 0x0000)] // the smallest number
    [InlineData(0x00008001u, 0x0001)]
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest is nearer to infinity than to the largest bfloat16
    [InlineData(0x7F7F7FFFu, 0x7F7F)]
    [InlineData(0x7F800000u, 0x7F80)] // infinities
    [InlineData(0xFF800000u, 0xFF80)]
    public void Rounds_to_the_nearest_ties_to_even(uint bits, ushort expected) =>
        Assert.Equal(expected, Bfloat16Matrix.Round(BitConverter.UInt32BitsToSingle(bits)));

    [Theory]
    [InlineData(0x7F800001u)] // only bits that are cut off say that this is not infinity
    [InlineData(0x7FC00000u)]
    [InlineData(0xFFFFFFFFu)]
    public void NaN_stays_NaN(uint bits) =>
        Assert.True(float.IsNaN(Bfloat16Matrix.Widen(Bfloat16Matrix.Round(BitConverter.UInt32BitsToSingle(bits)))));

    [Fact]
    public void No_neighbour_is_nearer()
    {
        var values = new float[10_000];
        new RandomKey(8).FillUniform(values);
        foreach (float value in values)
        {
            float scaled = (value - 0.5f) * 1e3f;
            ushort rounded = Bfloat16Matrix.Round(scaled);
            double error = Math.Abs((double)Bfloat16Matrix.Widen(rounded) - scaled);
            foreach (int step in (int[])[-1, 1])
            {
                Assert.True(error <= Math.Abs((double)Bfloat16Matrix.Widen((ushort)(rounded + step)) - scaled), $"{scaled:R}");
            }
        }
    }

    [Fact]
    public void Products_are_those_of_the_rounded_weights_to_the_last_bit()
    {
        foreach (int m in (int[])[1, 2, 3, 4, 5, 9])
        {
            foreach (int n in (int[])[1, 3, 7, 8, 9, 16, 17, 31, 33, 64, 65, 130, 300])
            {
                foreach (int k in (int[])[1, 2, 7, 33])
                {
                    var key = new RandomKey((m * 10_000) + (n * 100) + k);
                    TensorBuffer a = Random(key.Derive(1), m, k + 2), b = Random(key.Derive(2), k, n), bias = Random(key.Derive(3), n);
                    TensorBuffer actual = Random(key.Derive(4), m, n + 3);
                    var expected = new TensorBuffer(m, n + 3);
                    expected.CopyFrom(actual.Span);
                    PackedMatrix compact = new(), rounded = new();
                    compact.Pack(b.Pointer, k, n, n, WeightType.Bfloat16);
                    foreach (ref float weight in b.Span) { weight = Bfloat16Matrix.Widen(Bfloat16Matrix.Round(weight)); }
                    rounded.Pack(b.Pointer, k, n, n);
                    Gemm.Multiply(m, a.Pointer, k + 2, compact, actual.Pointer, n + 3, accumulate: true);
                    Gemm.Multiply(m, a.Pointer, k + 2, rounded, expected.Pointer, n + 3, accumulate: true);
                    Assert.Equal(expected.Span.ToArray(), actual.Span.ToArray());
                    Gemm.MultiplyWithBias(m, a.Pointer, k + 2, compact, bias.Pointer, actual.Pointer, n + 3);
                    Gemm.MultiplyWithBias(m, a.Pointer, k + 2, rounded, bias.Pointer, expected.Pointer, n + 3);
                    Assert.Equal(expected.Span.ToArray(), actual.Span.ToArray());
                }
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
