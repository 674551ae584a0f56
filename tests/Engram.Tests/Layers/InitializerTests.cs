using Engram.Kernels;
using Engram.Layers;

namespace Engram.Tests.Layers;

public class InitializerTests
{
    private static readonly RandomKey Key = new RandomKey(20240607).Derive("initializers");

    private static float[] Draw(Initializer initializer, params int[] shape)
    {
        var values = new float[shape.Aggregate(1, (product, axis) => product * axis)];
        initializer.Fill(values, shape, Key);
        return values;
    }

    private static (double Mean, double Variance) Moments(float[] values)
    {
        double mean = values.Average(v => (double)v);
        return (mean, values.Average(v => (v - mean) * (v - mean)));
    }

    public static TheoryData<string, Initializer, double, double> Scaled() => new()
    {
        // name, initializer, variance and largest absolute value for the kernel (120, 480)
        { "GlorotUniform", Initializers.GlorotUniform, 2.0 / 600, Math.Sqrt(6.0 / 600) },
        { "GlorotNormal", Initializers.GlorotNormal, 2.0 / 600, 2 * Math.Sqrt(2.0 / 600) / 0.8796 },
        { "HeUniform", Initializers.HeUniform, 2.0 / 120, Math.Sqrt(6.0 / 120) },
        { "HeNormal", Initializers.HeNormal, 2.0 / 120, 2 * Math.Sqrt(2.0 / 120) / 0.8796 },
        { "LecunUniform", Initializers.LecunUniform, 1.0 / 120, Math.Sqrt(3.0 / 120) },
        { "LecunNormal", Initializers.LecunNormal, 1.0 / 120, 2 * Math.Sqrt(1.0 / 120) / 0.8796 },
        { "VarianceScaling", Initializers.VarianceScaling(3, FanMode.FanOut, WeightDistribution.UntruncatedNormal), 3.0 / 480, double.PositiveInfinity },
        { "RandomUniform", Initializers.RandomUniform(-0.5f, 0.5f), 1.0 / 12, 0.5 },
        { "RandomNormal", Initializers.RandomNormal(0, 0.3f), 0.09, double.PositiveInfinity },
        { "TruncatedNormal", Initializers.TruncatedNormal(0, 0.3f), 0.09 * 0.8796 * 0.8796, 0.6 },
    };

    [Theory]
    [MemberData(nameof(Scaled))]
    public void Random_initializers_have_mean_variance_and_bounds(string name, Initializer initializer, double variance, double bound)
    {
        Assert.Equal(name, initializer.Name);
        float[] values = Draw(initializer, 120, 480);
        (double mean, double actual) = Moments(values);
        double sampleDeviation = Math.Sqrt(variance / values.Length);
        Assert.True(Math.Abs(mean) <= 5 * sampleDeviation, $"mean {mean}");
        Assert.True(Math.Abs((actual / variance) - 1) <= 0.03, $"variance {actual}, expected {variance}");
        Assert.True(values.Max(Math.Abs) <= bound * 1.0001, $"largest {values.Max(Math.Abs)}, bound {bound}");
        if (bound < 10) { Assert.True(values.Max(Math.Abs) >= bound * 0.98, $"largest {values.Max(Math.Abs)}, bound {bound}"); }
    }

    [Fact]
    public void Means_and_bounds_are_shifted()
    {
        Assert.True(Math.Abs(Moments(Draw(Initializers.RandomNormal(2, 0.1f), 9999)).Mean - 2) <= 0.01);
        Assert.True(Math.Abs(Moments(Draw(Initializers.TruncatedNormal(-2, 0.1f), 9999)).Mean + 2) <= 0.01);
        float[] uniform = Draw(Initializers.RandomUniform(1, 3), 9999);
        Assert.InRange(uniform.Min(), 1, 1.01f);
        Assert.InRange(uniform.Max(), 2.99f, 3);
    }

    [Fact]
    public void Constants_fill()
    {
        Assert.All(Draw(Initializers.Zeros, 2, 3), v => Assert.Equal(0, v));
        Assert.All(Draw(Initializers.Ones, 2, 3), v => Assert.Equal(1, v));
        Assert.All(Draw(Initializers.Constant(-1.5f), 2, 3), v => Assert.Equal(-1.5f, v));
        Assert.Equal([2f, 0, 0, 0, 2, 0], Draw(Initializers.Identity(2), 2, 3));
        Assert.Equal([1f, 0, 0, 1, 0, 0], Draw(Initializers.Identity(), 3, 2));
    }

    [Theory]
    [InlineData(7, 28)]
    [InlineData(28, 7)]
    [InlineData(13, 13)]
    [InlineData(1, 4)]
    [InlineData(50, 200)]
    public void Orthogonal_matrices_are_orthogonal(int rows, int columns)
    {
        float[] matrix = Draw(Initializers.Orthogonal(1.5f), rows, columns);
        int count = Math.Min(rows, columns);
        double At(int vector, int i) => rows < columns ? matrix[(vector * columns) + i] : matrix[(i * columns) + vector];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double dot = 0;
                for (int k = 0; k < Math.Max(rows, columns); k++) { dot += At(i, k) * At(j, k); }
                Assert.True(Math.Abs(dot - (i == j ? 2.25 : 0)) <= 1e-6, $"row {i} times row {j} is {dot}");
            }
        }
    }

    [Fact]
    public void Orthogonal_is_the_sign_corrected_Q_of_the_normal_matrix()
    {
        // R = Qᵀ A must be upper triangular with a positive diagonal for the normal matrix A that the key gives.
        const int Rows = 4, Columns = 9;
        float[] qTransposed = Draw(Initializers.Orthogonal(), Rows, Columns);
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double r = 0;
                for (int k = 0; k < Columns; k++) { r += qTransposed[(i * Columns) + k] * Key.Normal((ulong)((j * Columns) + k)); }
                Assert.True(i == j ? r > 0.1 : Math.Abs(r) <= 1e-6, $"R[{i}, {j}] is {r}");
            }
        }
    }

    // One reflection after the other, each on one column after the other, in one thread: what blocks and threads must not change.
    [Theory]
    [InlineData(97, 97)]
    [InlineData(150, 71)]
    [InlineData(33, 260)]
    [InlineData(16, 5)]
    public void Orthogonal_matrices_have_the_same_bits_for_any_number_of_threads(int rows, int columns)
    {
        int length = Math.Max(rows, columns), count = Math.Min(rows, columns);
        double[][] a = [.. Enumerable.Range(0, count).Select(j => Enumerable.Range(0, length).Select(i => Key.Normal((ulong)((j * length) + i))).ToArray())];
        double[][] q = [.. Enumerable.Range(0, count).Select(_ => new double[length])];
        for (int k = 0; k < count; k++)
        {
            double norm = Math.Sqrt(Dot(a[k], a[k], k));
            q[k][k] = a[k][k] < 0 ? 1 : -1;
            a[k][k] += a[k][k] < 0 ? -norm : norm;
            double factor = Math.Sqrt(2 / Dot(a[k], a[k], k));
            for (int i = k; i < length; i++) { a[k][i] *= factor; }
            for (int j = k + 1; j < count; j++) { Reflect(a[k], a[j], k); }
        }

        for (int j = 0; j < count; j++)
        {
            for (int k = j; k >= 0; k--) { Reflect(a[k], q[j], k); }
        }

        float[] expected = [.. Enumerable.Range(0, rows * columns).Select(i => (float)(rows < columns ? q[i / columns][i % columns] : q[i % columns][i / columns]))];
        int before = Workers.ThreadCount;
        try
        {
            foreach (int threads in new[] { 1, 2, 3, 7 })
            {
                Workers.ThreadCount = threads;
                Assert.Equal(expected, Draw(Initializers.Orthogonal(), rows, columns));
            }
        }
        finally { Workers.ThreadCount = before; }

        static void Reflect(double[] v, double[] x, int k)
        {
            double dot = Dot(v, x, k);
            for (int i = k; i < v.Length; i++) { x[i] -= v[i] * dot; }
        }

        // Eight sums side by side, then the rest.
        static double Dot(double[] x, double[] y, int k)
        {
            var sums = new double[8];
            int whole = (x.Length - k) / 8 * 8;
            for (int i = 0; i < whole; i++) { sums[i % 8] += x[k + i] * y[k + i]; }
            double total = sums[0] + sums[4] + (sums[1] + sums[5]) + (sums[2] + sums[6] + (sums[3] + sums[7]));
            for (int i = k + whole; i < x.Length; i++) { total += x[i] * y[i]; }
            return total;
        }
    }

    [Fact]
    public void Convolution_kernels_count_their_receptive_field()
    {
        Assert.Equal((3.0 * 5 * 7, 3.0 * 5 * 11), VarianceScalingInitializer.Fans([3, 5, 7, 11]));
        Assert.Equal((7.0, 7.0), VarianceScalingInitializer.Fans([7]));
        Assert.Equal((7.0, 28.0), VarianceScalingInitializer.Fans([7, 28]));
    }

    [Fact]
    public void Draws_depend_on_the_key_alone()
    {
        foreach (Initializer initializer in new[] { Initializers.GlorotUniform, Initializers.HeNormal, Initializers.Orthogonal(), Initializers.RandomNormal() })
        {
            var first = new float[60];
            var second = new float[60];
            var other = new float[60];
            initializer.Fill(first, [6, 10], new RandomKey(1));
            initializer.Fill(second, [6, 10], new RandomKey(1));
            initializer.Fill(other, [6, 10], new RandomKey(2));
            Assert.Equal(first, second);
            Assert.NotEqual(first, other);
        }
    }

    [Fact]
    public void Wrong_arguments_are_errors()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Initializers.RandomUniform(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Initializers.RandomNormal(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Initializers.TruncatedNormal(0, float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Initializers.VarianceScaling(0));
        Assert.Contains("(5,)", Assert.Throws<EngramException>(() => Draw(Initializers.Orthogonal(), 5)).Message, StringComparison.Ordinal);
        Assert.Contains("(5,)", Assert.Throws<EngramException>(() => Draw(Initializers.Identity(), 5)).Message, StringComparison.Ordinal);
    }
}
