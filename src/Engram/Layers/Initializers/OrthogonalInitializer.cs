using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>
/// Draws a matrix whose rows or columns, whichever are fewer, are orthonormal, uniformly among all such (Saxe, McClelland and
/// Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks"): the Q of the QR
/// decomposition of a normal matrix, with the signs that make R's diagonal positive (Mezzadri 2007). All axes but the last count as rows.
/// </summary>
public sealed class OrthogonalInitializer : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="gain">What the orthonormal matrix is multiplied by.</param>
    public OrthogonalInitializer(float gain = 1) => Gain = gain;

    /// <inheritdoc/>
    public override string Name => "Orthogonal";

    /// <summary>What the orthonormal matrix is multiplied by.</summary>
    public float Gain { get; }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The weight has fewer than two axes.</exception>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key)
    {
        if (shape.Length < 2)
        {
            throw new EngramException($"{Name}: expected a weight with at least two axes, got the shape {Shape.Format(shape)}.");
        }

        if (values.IsEmpty) { return; }
        int columns = shape[^1];
        int rows = values.Length / columns;
        int length = Math.Max(rows, columns);
        int count = Math.Min(rows, columns);

        // q: (count, length), each row one of the orthonormal vectors
        double[] q = RandomOrthonormal(length, count, key);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double value = rows < columns ? q[(row * length) + column] : q[(column * length) + row];
                values[(row * columns) + column] = (float)(Gain * value);
            }
        }
    }

    // Householder's QR decomposition of a normal matrix A (length, count), kept as columns, in double precision: reflection k takes
    // column k to a multiple of the k-th unit vector; Q is the product of all reflections applied to the unit vectors.
    private static double[] RandomOrthonormal(int length, int count, RandomKey key)
    {
        var a = new double[count * length];
        for (int i = 0; i < a.Length; i++) { a[i] = key.Normal((ulong)i); }

        var positive = new bool[count];
        for (int k = 0; k < count; k++)
        {
            Span<double> v = a.AsSpan((k * length) + k, length - k);
            double norm = Math.Sqrt(Dot(v, v));

            // R's diagonal is -sign(v0) norm: adding numbers of one sign loses no digits.
            positive[k] = v[0] < 0;
            v[0] += v[0] < 0 ? -norm : norm;
            Scale(v, Math.Sqrt(2 / Dot(v, v))); // then the reflection is x - v (v.x)
            for (int j = k + 1; j < count; j++) { Reflect(v, a.AsSpan((j * length) + k, length - k)); }
        }

        var q = new double[count * length];
        for (int j = 0; j < count; j++)
        {
            Span<double> column = q.AsSpan(j * length, length);
            column[j] = positive[j] ? 1 : -1;

            // Later reflections leave the unit vector j alone.
            for (int k = j; k >= 0; k--) { Reflect(a.AsSpan((k * length) + k, length - k), column[k..]); }
        }

        return q;
    }

    private static void Reflect(ReadOnlySpan<double> v, Span<double> x)
    {
        double dot = Dot(v, x);
        int i = 0;
        ref double v0 = ref MemoryMarshal.GetReference(v);
        ref double x0 = ref MemoryMarshal.GetReference(x);
        for (; i <= v.Length - 4; i += 4)
        {
            (Vector256.LoadUnsafe(ref x0, (nuint)i) - (Vector256.LoadUnsafe(ref v0, (nuint)i) * dot)).StoreUnsafe(ref x0, (nuint)i);
        }

        for (; i < v.Length; i++) { x[i] -= v[i] * dot; }
    }

    private static void Scale(Span<double> v, double factor)
    {
        foreach (ref double value in v) { value *= factor; }
    }

    // Eight sums in a fixed order, so that the bits do not depend on the instruction set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Vector256<double> sum0 = default;
        Vector256<double> sum1 = default;
        ref double x0 = ref MemoryMarshal.GetReference(x);
        ref double y0 = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            sum0 += Vector256.LoadUnsafe(ref x0, (nuint)i) * Vector256.LoadUnsafe(ref y0, (nuint)i);
            sum1 += Vector256.LoadUnsafe(ref x0, (nuint)i + 4) * Vector256.LoadUnsafe(ref y0, (nuint)i + 4);
        }

        Vector256<double> sum = sum0 + sum1;
        double total = sum[0] + sum[1] + (sum[2] + sum[3]);
        for (; i < x.Length; i++) { total += x[i] * y[i]; }
        return total;
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.SetNull("seed");
        config.Set("gain", Gain);
    }
}
