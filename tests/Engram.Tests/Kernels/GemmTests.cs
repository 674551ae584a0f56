using Engram.Kernels;

namespace Engram.Tests.Kernels;

/// <summary>Products of every size around the tiles' edges against a plain loop in the same order, to the last bit.</summary>
public unsafe class GemmTests
{
    private static readonly int[] Lengths = [1, 2, 3, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33];

    [Fact]
    public void Multiply_equals_a_loop_of_fused_multiply_adds()
    {
        ForAllSizes((m, n, k, key) =>
        {
            // Rows of A lie apart, and C has room behind each row that must stay as it is.
            TensorBuffer a = Random(key.Derive(1), m, k + 3), b = Random(key.Derive(2), k, n), bias = Random(key.Derive(3), n);
            TensorBuffer c = Random(key.Derive(4), m, n + 2);
            float[] expected = c.Span.ToArray(), expectedWithBias = c.Span.ToArray();
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    for (int t = 0; t < k; t++) { Add(ref expected[(i * (n + 2)) + j], a.Span[(i * (k + 3)) + t], b.Span[(t * n) + j]); }
                    expectedWithBias[(i * (n + 2)) + j] = bias.Span[j];
                    for (int t = 0; t < k; t++) { Add(ref expectedWithBias[(i * (n + 2)) + j], a.Span[(i * (k + 3)) + t], b.Span[(t * n) + j]); }
                }
            }

            var packed = new PackedMatrix();
            packed.Pack(b.Pointer, k, n, n);
            Gemm.Multiply(m, a.Pointer, k + 3, packed, c.Pointer, n + 2, accumulate: true);
            Assert.Equal(expected, c.Span.ToArray());
            Gemm.MultiplyWithBias(m, a.Pointer, k + 3, packed, bias.Pointer, c.Pointer, n + 2);
            Assert.Equal(expectedWithBias, c.Span.ToArray());
        });
    }

    [Fact]
    public void Multiply_by_a_packed_transpose_equals_a_loop()
    {
        ForAllSizes((m, n, k, key) =>
        {
            TensorBuffer a = Random(key.Derive(1), m, k), b = Random(key.Derive(2), n, k), c = new(m, n);
            var expected = new float[m * n];
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    for (int t = 0; t < k; t++) { Add(ref expected[(i * n) + j], a.Span[(i * k) + t], b.Span[(j * k) + t]); }
                }
            }

            var packed = new PackedMatrix();
            packed.PackTransposed(b.Pointer, n, k, k);
            Gemm.Multiply(m, a.Pointer, k, packed, c.Pointer, n, accumulate: false);
            Assert.Equal(expected, c.Span.ToArray());
        });
    }

    [Fact]
    public void AddTransposed_equals_a_loop_over_the_contraction()
    {
        ForAllSizes((m, n, k, key) => CheckAddTransposed(m, n, k, key));
        CheckAddTransposed(19, 21, 700, new RandomKey(8)); // several pieces
        CheckAddTransposed(17, 512, 300, new RandomKey(9)); // D is packed
        CheckAddTransposed(131, 520, 300, new RandomKey(10)); // A is packed, and threads share the columns
        CheckAddTransposed(131, 1030, 300, new RandomKey(11)); // both
    }

    [Fact]
    public void A_large_matrix_is_packed_by_all_threads_and_may_count_padding_as_columns()
    {
        const int m = 5, k = 301, n = 702, stride = 720;
        TensorBuffer a = Random(new RandomKey(12), m, k), b = Random(new RandomKey(13), k, n), transposed = new(n, k), c = new(m, stride);
        for (int j = 0; j < n; j++)
        {
            for (int t = 0; t < k; t++) { transposed.Span[(j * k) + t] = b.Span[(t * n) + j]; }
        }

        var byRows = new PackedMatrix { WholeVectors = true };
        byRows.Pack(b.Pointer, k, n, n);
        var byColumns = new PackedMatrix { WholeVectors = true };
        byColumns.PackTransposed(transposed.Pointer, n, k, k);
        foreach (PackedMatrix packed in (PackedMatrix[])[byRows, byColumns])
        {
            c.Clear();
            Gemm.Multiply(m, a.Pointer, k, packed, c.Pointer, stride, accumulate: false);
            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    float expected = 0;
                    for (int t = 0; t < k; t++) { Add(ref expected, a.Span[(i * k) + t], b.Span[(t * n) + j]); }
                    Assert.Equal(expected, c.Span[(i * stride) + j]);
                }
            }
        }
    }

    private static void CheckAddTransposed(int m, int n, int k, RandomKey key)
    {
        TensorBuffer a = Random(key.Derive(1), k, m), d = Random(key.Derive(2), k, n), c = Random(key.Derive(3), m, n);
        float[] expected = c.Span.ToArray();
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int t = 0; t < k; t++) { Add(ref expected[(i * n) + j], a.Span[(t * m) + i], d.Span[(t * n) + j]); }
            }
        }

        Gemm.AddTransposed(m, n, k, a.Pointer, m, d.Pointer, n, c.Pointer, n);
        Assert.Equal(expected, c.Span.ToArray());
    }

    private static void Add(ref float sum, float a, float b) => sum = MathF.FusedMultiplyAdd(a, b, sum);

    private static void ForAllSizes(Action<int, int, int, RandomKey> check)
    {
        var key = new RandomKey(2);
        foreach (int m in Lengths)
        {
            foreach (int n in Lengths)
            {
                foreach (int k in Lengths) { check(m, n, k, key.Derive((m * 10_000) + (n * 100) + k)); }
            }
        }

        // A single row is computed by wider tiles.
        foreach (int n in new[] { 63, 64, 65, 127, 128, 129, 200, 256, 300 }) { check(1, n, 17, key.Derive(n)); }
    }

    private static TensorBuffer Random(RandomKey key, params ReadOnlySpan<int> axes)
    {
        var buffer = new TensorBuffer(axes);
        key.FillUniform(buffer.Span);
        foreach (ref float value in buffer.Span) { value -= 0.5f; }
        return buffer;
    }
}
