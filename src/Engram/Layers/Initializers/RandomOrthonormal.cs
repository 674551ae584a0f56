using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engram.Kernels;

namespace Engram.Layers;

/// <summary>
/// Householder's QR decomposition of a normal matrix A (length, count), kept as columns, in double precision: reflection k takes column k to a
/// multiple of the k-th unit vector; Q is the product of all reflections applied to the unit vectors.
/// </summary>
/// <remarks>
/// Reflections are applied by the panel: those of some columns that fit a core's cache to every column they concern. What is computed for a
/// column, and in which order, depends on neither panels nor threads, which share the columns.
/// </remarks>
internal sealed class RandomOrthonormal : IShardWork
{
    private const int Panel = 16; // reflections at a time
    private const int Together = 4; // columns that a reflection is applied to at once, so that it is loaded once for all

    private readonly int length, count;
    private readonly double[] a, q;
    private readonly bool[] positive;
    private double[] target;
    private int first, end, from; // the panel, and the columns that it is applied to
    private bool forming;

    public RandomOrthonormal(int length, int count, RandomKey key)
    {
        (this.length, this.count) = (length, count);
        a = target = new double[checked(count * length)];
        q = new double[a.Length];
        positive = new bool[count];
        for (int i = 0; i < a.Length; i++) { a[i] = key.Normal((ulong)i); }
    }

    /// <summary>(count, length): each row one of the vectors.</summary>
    public double[] Draw()
    {
        for (first = 0; first < count; first = end)
        {
            end = Math.Min(first + Panel, count);
            for (int k = first; k < end; k++)
            {
                Begin(k);
                for (int j = k + 1; j < end; j++) { Reflect(k, j); }
            }

            Apply(from: end);
        }

        target = q;
        forming = true;
        for (int j = 0; j < count; j++) { q[(j * length) + j] = positive[j] ? 1 : -1; }
        for (first = (count - 1) / Panel * Panel; first >= 0; first -= Panel)
        {
            end = Math.Min(first + Panel, count);
            Apply(from: first); // later reflections leave the unit vectors before them alone
        }

        return q;
    }

    // v of the reflection x - v (v.x) in the place of column k.
    private void Begin(int k)
    {
        Span<double> v = a.AsSpan((k * length) + k, length - k);
        double norm = Math.Sqrt(Dot(v, v));

        // R's diagonal is -sign(v0) norm: adding numbers of one sign loses no digits.
        positive[k] = v[0] < 0;
        v[0] += v[0] < 0 ? -norm : norm;
        double factor = Math.Sqrt(2 / Dot(v, v));
        foreach (ref double value in v) { value *= factor; }
    }

    // The panel's reflections to all columns from one on.
    private void Apply(int from)
    {
        this.from = from;
        int columns = count - from;
        Workers.Run(this, (columns + Together - 1) / Together, 4L * (end - first) * columns * (length - first));
    }

    void IShardWork.Run(int shard)
    {
        int begin = from + (shard * Together), stop = Math.Min(begin + Together, count);
        for (int i = first; i < end; i++)
        {
            int k = forming ? first + end - 1 - i : i;
            if (stop - begin == Together && (!forming || k <= begin)) { ReflectFour(k, begin); }
            else
            {
                for (int j = forming ? Math.Max(k, begin) : begin; j < stop; j++) { Reflect(k, j); }
            }
        }
    }

    private Span<double> Column(int j, int k) => target.AsSpan((j * length) + k, length - k);

    // x -= v (v.x) for column j.
    private void Reflect(int k, int j)
    {
        ReadOnlySpan<double> v = a.AsSpan((k * length) + k, length - k);
        Span<double> x = Column(j, k);
        double dot = Dot(v, x);
        int i = 0;
        ref double v0 = ref MemoryMarshal.GetReference(v), x0 = ref MemoryMarshal.GetReference(x);
        for (; i <= v.Length - 4; i += 4)
        {
            (Vector256.LoadUnsafe(ref x0, (nuint)i) - (Vector256.LoadUnsafe(ref v0, (nuint)i) * dot)).StoreUnsafe(ref x0, (nuint)i);
        }

        for (; i < v.Length; i++) { x[i] -= v[i] * dot; }
    }

    // The same for four columns, each as if it were alone.
    private void ReflectFour(int k, int j)
    {
        ReadOnlySpan<double> v = a.AsSpan((k * length) + k, length - k);
        Span<double> x = Column(j, k), y = Column(j + 1, k), z = Column(j + 2, k), w = Column(j + 3, k);
        ref double v0 = ref MemoryMarshal.GetReference(v), x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y);
        ref double z0 = ref MemoryMarshal.GetReference(z), w0 = ref MemoryMarshal.GetReference(w);
        Vector256<double> xLow = default, xHigh = default, yLow = default, yHigh = default;
        Vector256<double> zLow = default, zHigh = default, wLow = default, wHigh = default;
        int i = 0;
        for (; i <= v.Length - 8; i += 8)
        {
            nuint low = (nuint)i, high = low + 4;
            Vector256<double> vLow = Vector256.LoadUnsafe(ref v0, low), vHigh = Vector256.LoadUnsafe(ref v0, high);
            xLow += vLow * Vector256.LoadUnsafe(ref x0, low);
            xHigh += vHigh * Vector256.LoadUnsafe(ref x0, high);
            yLow += vLow * Vector256.LoadUnsafe(ref y0, low);
            yHigh += vHigh * Vector256.LoadUnsafe(ref y0, high);
            zLow += vLow * Vector256.LoadUnsafe(ref z0, low);
            zHigh += vHigh * Vector256.LoadUnsafe(ref z0, high);
            wLow += vLow * Vector256.LoadUnsafe(ref w0, low);
            wHigh += vHigh * Vector256.LoadUnsafe(ref w0, high);
        }

        double xDot = Sum(xLow + xHigh), yDot = Sum(yLow + yHigh), zDot = Sum(zLow + zHigh), wDot = Sum(wLow + wHigh);
        for (; i < v.Length; i++)
        {
            xDot += v[i] * x[i];
            yDot += v[i] * y[i];
            zDot += v[i] * z[i];
            wDot += v[i] * w[i];
        }

        for (i = 0; i <= v.Length - 4; i += 4)
        {
            var at = (nuint)i;
            Vector256<double> part = Vector256.LoadUnsafe(ref v0, at);
            (Vector256.LoadUnsafe(ref x0, at) - (part * xDot)).StoreUnsafe(ref x0, at);
            (Vector256.LoadUnsafe(ref y0, at) - (part * yDot)).StoreUnsafe(ref y0, at);
            (Vector256.LoadUnsafe(ref z0, at) - (part * zDot)).StoreUnsafe(ref z0, at);
            (Vector256.LoadUnsafe(ref w0, at) - (part * wDot)).StoreUnsafe(ref w0, at);
        }

        for (; i < v.Length; i++)
        {
            x[i] -= v[i] * xDot;
            y[i] -= v[i] * yDot;
            z[i] -= v[i] * zDot;
            w[i] -= v[i] * wDot;
        }
    }

    // Eight sums in a fixed order, so that the bits do not depend on the instruction set.
    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Vector256<double> low = default, high = default;
        ref double x0 = ref MemoryMarshal.GetReference(x), y0 = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
        {
            low += Vector256.LoadUnsafe(ref x0, (nuint)i) * Vector256.LoadUnsafe(ref y0, (nuint)i);
            high += Vector256.LoadUnsafe(ref x0, (nuint)i + 4) * Vector256.LoadUnsafe(ref y0, (nuint)i + 4);
        }

        double total = Sum(low + high);
        for (; i < x.Length; i++) { total += x[i] * y[i]; }
        return total;
    }

    private static double Sum(Vector256<double> sums) => sums[0] + sums[1] + (sums[2] + sums[3]);
}
