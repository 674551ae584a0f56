using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>What noise layers draw: its mean, its spread and what shares a draw. Seeds are fixed, so the figures are too.</summary>
public sealed class NoiseTests
{
    private const int Rows = 200, Steps = 25, Features = 40;

    public static TheoryData<Layer> Layers() =>
        [new Dropout(0.3f), new SpatialDropout1D(0.3f), new GaussianDropout(0.3f), new GaussianNoise(0.5f), new AlphaDropout(0.3f)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Outside_training_nothing_happens(Layer layer)
    {
        (float[] x, float[] y) = Run(layer, training: false);
        Assert.Equal(x, y);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void The_key_decides(Layer layer)
    {
        Assert.Equal(Run(layer).Y, Run(layer).Y);
        Assert.NotEqual(Run(layer).Y, Run(layer, seed: 6).Y);
    }

    [Fact]
    public void Dropout_drops_its_share_and_keeps_the_mean()
    {
        (float[] x, float[] y) = Run(new Dropout(0.3f));
        Near(0.3, y.Count(value => value == 0) / (double)y.Length, 0.005);
        Assert.All(y.Zip(x), pair => Assert.True(pair.First == 0 || pair.First == pair.Second * (1 / (1 - 0.3f))));
    }

    [Fact]
    public void Spatial_dropout_drops_whole_features()
    {
        float[] y = Run(new SpatialDropout1D(0.3f)).Y;
        int dropped = 0;
        for (int row = 0; row < Rows; row++)
        {
            for (int f = 0; f < Features; f++)
            {
                int zeros = Enumerable.Range(0, Steps).Count(t => y[(((row * Steps) + t) * Features) + f] == 0);
                Assert.True(zeros is 0 or Steps, $"{zeros} of {Steps} steps");
                dropped += zeros == 0 ? 0 : 1;
            }
        }

        Near(0.3, dropped / (double)(Rows * Features), 0.02);
    }

    [Fact]
    public void A_noise_shape_says_what_shares_a_draw()
    {
        float[] y = Run(new Dropout(0.5f) { NoiseShape = [1, null, Features] }).Y;
        for (int i = Steps * Features; i < y.Length; i++) { Assert.Equal(y[i % (Steps * Features)] == 0, y[i] == 0); }
        Near(0.5, y.Take(Steps * Features).Count(value => value == 0) / (double)(Steps * Features), 0.06);
        Assert.Throws<EngramException>(() => new Dropout(0.5f) { NoiseShape = [1, 2, 3] }.OutputShape(new Shape(4, 5, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(0.5f) { NoiseShape = [0] });
    }

    [Fact]
    public void Gaussian_dropout_multiplies_by_numbers_of_mean_1()
    {
        (float[] x, float[] y) = Run(new GaussianDropout(0.3f));
        double[] factors = [.. y.Zip(x, (a, b) => (double)a / b)];
        Moments(factors, 1, Math.Sqrt(0.3 / 0.7));
    }

    [Fact]
    public void Gaussian_noise_adds_numbers_of_mean_0()
    {
        (float[] x, float[] y) = Run(new GaussianNoise(0.5f));
        Moments([.. y.Zip(x, (a, b) => (double)a - b)], 0, 0.5);
        Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianNoise(-1));
    }

    [Fact]
    public void Alpha_dropout_keeps_mean_and_variance()
    {
        (float[] x, float[] y) = Run(new AlphaDropout(0.3f));
        double limit = y.GroupBy(value => value).MaxBy(group => group.Count())!.Key;
        Near(0.3, y.Count(value => value == limit) / (double)y.Length, 0.005);
        Moments([.. x.Select(value => (double)value)], 0, 1);
        Moments([.. y.Select(value => (double)value)], 0, 1);
    }

    private static void Moments(double[] values, double mean, double deviation)
    {
        double average = values.Average();
        Near(mean, average, 0.01);
        Near(deviation, Math.Sqrt(values.Average(value => (value - average) * (value - average))), 0.01);
    }

    private static void Near(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"expected {expected} ± {tolerance}, got {actual}");

    // On standard normal numbers, none of them 0.
    private static (float[] X, float[] Y) Run(Layer layer, bool training = true, long seed = 5)
    {
        var x = new TensorBuffer(Rows, Steps, Features);
        for (int i = 0; i < x.Length; i++) { x.Span[i] = (float)new RandomKey(3).Normal((ulong)i); }
        var call = new LayerCall(layer) { Training = training, Random = new RandomKey(seed) };
        layer.Build([new Shape(x.Axes)], new RandomKey(1));
        call.Forward(x);
        return (x.Span.ToArray(), call.Output.Span.ToArray());
    }
}
