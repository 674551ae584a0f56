using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>
/// The derivative with respect to the number c that all scores are multiplied by: dc = Σ_t (Σ_s p g z - Σ_s p g Σ_s p z), with g the gradient
/// of the weights p. It is a small difference of large sums, of which rounding in single precision would leave five digits; so everything it is
/// made of is computed once more in double precision.
/// </summary>
internal sealed unsafe class ScaleGradient
{
    private double[] q = [], k = [], dy = [], v = [], z = [], g = [];

    /// <summary>dc of one item of a single head.</summary>
    /// <param name="arrays">The arrays; c is their scale.</param>
    /// <param name="item">The item.</param>
    /// <param name="silent">Whether a query's output is 0 whatever it attends to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Of(in AttentionArrays arrays, int item, Mask? silent)
    {
        (int queries, int keys, int features, int length) = (arrays.Queries, arrays.Keys, arrays.KeyLength, arrays.ValueLength);
        Widen(arrays.At(arrays.Q, item, queries, features), queries, features, ref q);
        Widen(arrays.At(arrays.K, item, keys, features), keys, features, ref k);
        Widen(arrays.At(arrays.DY, item, queries, length), queries, length, ref dy);
        Widen(arrays.At(arrays.V, item, keys, length), keys, length, ref v);
        if (z.Length < Padded(keys)) { (z, g) = (new double[Padded(keys)], new double[Padded(keys)]); }
        double dScale = 0;
        for (int t = 0; t < queries; t++)
        {
            nint row = (item * arrays.ScoresOfAnItem) + ((nint)t * keys);
            bool heard = silent is null || silent[item, t];
            Products(q.AsSpan(t * Padded(features)), k, keys, Padded(features), z);
            if (heard) { Products(dy.AsSpan(t * Padded(length)), v, keys, Padded(length), g); }
            else { g.AsSpan(0, keys).Clear(); }
            dScale += OfRow(arrays, row, keys);
        }

        return dScale;
    }

    private double OfRow(in AttentionArrays arrays, nint row, int keys)
    {
        float* p = arrays.P + row, dropped = arrays.Dropped + row;
        double scale = arrays.Scale, kept = 1.0 / (1 - arrays.Rate), max = double.NegativeInfinity;
        for (int s = 0; s < keys; s++)
        {
            if (p[s] > 0) { max = Math.Max(max, scale * z[s]); }
        }

        double sum = 0, pg = 0, pz = 0, pgz = 0;
        for (int s = 0; s < keys; s++)
        {
            if (p[s] == 0) { continue; } // masked
            double e = Math.Exp((scale * z[s]) - max);
            double gradient = g[s] + (arrays.DDropped is null ? 0 : arrays.DDropped[row + s]);
            if (arrays.Rate > 0) { gradient = dropped[s] == 0 ? 0 : kept * gradient; }
            sum += e;
            pg += e * gradient;
            pz += e * z[s];
            pgz += e * gradient * z[s];
        }

        return sum == 0 ? 0 : (pgz - (pg * pz / sum)) / sum;
    }

    // a · b for each row of b.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int rows, int length, Span<double> result)
    {
        fixed (double* left = a, right = b)
        {
            double* row = right;
            for (int s = 0; s < rows; s++, row += length)
            {
                Vector256<double> even = default, odd = default;
                for (int i = 0; i < length; i += 2 * Vector256<double>.Count)
                {
                    even = Vector256.FusedMultiplyAdd(Vector256.Load(left + i), Vector256.Load(row + i), even);
                    odd = Vector256.FusedMultiplyAdd(Vector256.Load(left + i + 4), Vector256.Load(row + i + 4), odd);
                }

                even += odd;
                result[s] = (even[0] + even[2]) + (even[1] + even[3]);
            }
        }
    }

    // Rows of a padded length, zeros at the end.
    private static void Widen(float* source, int rows, int length, ref double[] target)
    {
        int padded = Padded(length);
        if (target.Length < rows * padded) { target = new double[rows * padded]; }
        for (int row = 0; row < rows; row++)
        {
            Span<double> to = target.AsSpan(row * padded, padded);
            for (int i = 0; i < length; i++) { to[i] = source[((nint)row * length) + i]; }
            to[length..].Clear();
        }
    }

    private static int Padded(int length) => (length + 7) / 8 * 8;
}
