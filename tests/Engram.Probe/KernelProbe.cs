using Engram.Kernels;

namespace Engram.Probe;

/// <summary>Products of all sizes around the tiles' edges, and the vector functions over a dense sample.</summary>
internal static unsafe class KernelProbe
{
    private static readonly int[] Lengths = [1, 3, 7, 8, 9, 15, 16, 17, 31, 33];

    public static IEnumerable<string> Lines()
    {
        yield return $"products {Products()}";
        yield return $"functions {Functions()}";
    }

    private static string Products()
    {
        var digest = new Digest();
        var key = new RandomKey(5);
        var packed = new PackedMatrix();
        foreach (int m in Lengths)
        {
            foreach (int n in (int[])[.. Lengths, 65, 300])
            {
                foreach (int k in Lengths)
                {
                    TensorBuffer a = Random(key.Derive(m), m, k), b = Random(key.Derive(n), k, n), c = Random(key.Derive(k), m, n);
                    packed.Pack(b.Pointer, k, n, n);
                    Gemm.Multiply(m, a.Pointer, k, packed, c.Pointer, n, accumulate: true);
                    TensorBuffer d = Random(key.Derive(1000 + k), m, n);
                    TensorBuffer weights = Random(key.Derive(2000 + k), k, n);
                    Gemm.AddTransposed(k, n, m, a.Pointer, k, d.Pointer, n, weights.Pointer, n);
                    digest.Add(c.Span);
                    digest.Add(weights.Span);
                }
            }
        }

        return digest.ToString();
    }

    private static string Functions()
    {
        var digest = new Digest();
        var x = new TensorBuffer(100_003);
        var y = new TensorBuffer(100_003);
        for (int i = 0; i < x.Length; i++) { x.Span[i] = (i - 50_000) * 0.0021f; }
        foreach (VectorFunction function in Enum.GetValues<VectorFunction>())
        {
            VectorMath.Apply(function, x.Span, y.Span);
            digest.Add(y.Span);
        }

        return digest.ToString();
    }

    private static TensorBuffer Random(RandomKey key, params ReadOnlySpan<int> axes)
    {
        var buffer = new TensorBuffer(axes);
        key.FillUniform(buffer.Span);
        return buffer;
    }
}
