using Engram.Distributions;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Tests.Distributions;

public sealed class HeadTests
{
    private const float H = 1f / 4096;

    public static TheoryData<string> All() => new("gaussian", "student-t", "negative-binomial", "mixture", "quantiles", "cumulated");

    [Theory]
    [MemberData(nameof(All))]
    public void The_loss_is_the_likelihood_of_the_distribution_and_its_gradient_the_difference(string name)
    {
        DistributionHead head = Create(name);
        int n = head.ParametersPerTarget;
        Assert.Equal(2 * n, head.Parameters(2));
        var random = new Random(3);
        TensorBuffer y = new(2, 3, 2), p = new(2, 3, 2 * n), gradient = new(0);
        for (int i = 0; i < p.Length; i++) { p.Span[i] = H * random.Next(-9000, 9000); }
        for (int i = 0; i < y.Length; i++) { y.Span[i] = name == "negative-binomial" ? random.Next(0, 3) * random.Next(0, 60) : H * random.Next(-9000, 9000); }
        double[] weights = [0.3, 1, 0, 2, -1, 0.5];
        var elements = new double[6];
        Assert.Equal([2, 3], head.Loss.ElementAxes(y.Axes, p.Axes));
        head.Loss.Forward(y, p, elements);
        ForecastDistribution[,] distributions = head.Distributions(Engram.Data.NumericArray.Create(p.Span.ToArray(), 2, 3, 2 * n));
        if (name is not ("quantiles" or "cumulated"))
        {
            double[] expected = [.. Enumerable.Range(0, 6).Select(i => -(distributions[i, 0].LogDensity(y.Span[2 * i]) + distributions[i, 1].LogDensity(y.Span[(2 * i) + 1])) / 2)];
            Golden.AssertClose(expected, elements, 1e-12, "loss");
        }

        head.Loss.Backward(y, p, weights, gradient);
        var differences = new double[p.Length];
        for (int i = 0; i < p.Length; i++)
        {
            float at = p.Span[i];
            double Value(float shifted)
            {
                p.Span[i] = shifted;
                head.Loss.Forward(y, p, elements);
                p.Span[i] = at;
                return elements.Zip(weights, (element, weight) => element * weight).Sum();
            }

            differences[i] = ((8 * (Value(at + H) - Value(at - H))) - (Value(at + (2 * H)) - Value(at - (2 * H)))) / (12 * H);
        }

        Golden.AssertClose(differences, gradient.Span, 1e-5, name);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Raw_numbers_far_out_give_finite_losses_and_gradients(string name)
    {
        DistributionHead head = Create(name);
        var raw = new float[head.ParametersPerTarget];
        var gradient = new float[raw.Length];
        foreach (float size in (float[])[-1e4f, -80, 0, 80, 1e4f])
        {
            for (int vary = 0; vary < raw.Length; vary++)
            {
                Array.Clear(raw);
                raw[vary] = size;
                foreach (float y in (float[])[0, 1, 40, 100_000])
                {
                    double value = head.Value(y, raw);
                    head.Gradient(y, raw, 1, gradient);
                    Assert.True(double.IsFinite(value) && Array.TrueForAll(gradient, float.IsFinite), $"{size} at {vary}, target {y}: {value}, {string.Join(' ', gradient)}");
                    if (name == "negative-binomial" || Math.Abs(size) > 100) { continue; }
                    ForecastDistribution d = head.Distribution(raw);
                    Assert.True(double.IsFinite(d.Quantile(0.9)));
                }
            }
        }
    }

    [Fact]
    public void Quantile_heads_are_the_pinball_loss()
    {
        double[] levels = [0.1, 0.5, 0.9];
        DistributionHead head = DistributionHead.Quantiles(levels), cumulated = DistributionHead.CumulatedQuantiles(levels);
        TensorBuffer y = new(2, 1), p = new(2, 3), q = new(2, 3), a = new(0), b = new(0);
        y.CopyFrom([0.3f, -2]);
        p.CopyFrom([0, 1, 2, -3, -1, 0.5f]);
        double[] expected = new double[2], actual = new double[2];
        Loss.Quantile(levels).Forward(y, p, expected);
        head.Loss.Forward(y, p, actual);
        Assert.Equal(expected, actual);
        Loss.Quantile(levels).Backward(y, p, [1, 2], a);
        head.Loss.Backward(y, p, [1, 2], b);
        Assert.Equal(a.Span.ToArray(), b.Span.ToArray());

        // The same quantiles as a start and steps: ln(exp step - 1) is softplus' inverse.
        for (int i = 0; i < 6; i++) { q.Span[i] = i % 3 == 0 ? p.Span[i] : MathF.Log(MathF.Exp(p.Span[i] - p.Span[i - 1]) - 1); }
        cumulated.Loss.Forward(y, q, actual);
        Golden.AssertClose(expected, actual, 1e-6, "cumulated");
    }

    [Fact]
    public void Quantiles_that_crossed_are_sorted_and_cumulated_ones_never_cross()
    {
        var sorted = (QuantileDistribution)DistributionHead.Quantiles(0.1, 0.5, 0.9).Distribution([3, 1, 2]);
        Assert.Equal([1, 2, 3], sorted.Values);
        var cumulated = (QuantileDistribution)DistributionHead.CumulatedQuantiles(0.1, 0.5, 0.9).Distribution([3, -100, -2]);
        Assert.True(cumulated.Values[0] <= cumulated.Values[1] && cumulated.Values[1] < cumulated.Values[2]);
        Assert.Throws<ArgumentException>(() => DistributionHead.Quantiles(0.5));
        Assert.Throws<ArgumentException>(() => DistributionHead.Quantiles(0.9, 0.5));
    }

    [Theory]
    [InlineData("gaussian", 1.5, 0.8)]
    [InlineData("student-t", 1.5, 0.8)]
    [InlineData("mixture", 1.5, 0.8)]
    [InlineData("quantiles", 1.5, 0.8)]
    [InlineData("cumulated", 1.5, 0.8)]
    public void A_network_learns_spread_that_depends_on_its_input(string name, double slope, double spread)
    {
        // y = slope x + spread x ε for x from 0.5 to 2
        DistributionHead head = Create(name);
        var key = new RandomKey(11);
        const int Samples = 1500;
        var x = new float[Samples, 1];
        var y = new float[Samples, 1];
        for (int i = 0; i < Samples; i++)
        {
            x[i, 0] = 0.5f + (1.5f * key.Uniform((ulong)i));
            y[i, 0] = (float)(x[i, 0] * (slope + (spread * key.Derive("noise").Normal((ulong)i))));
        }

        var model = new Sequential(new Input([1]), new Dense(16) { Activation = Activations.Tanh }, new Dense(head.Parameters(1))) { Seed = 2 };
        model.Compile(new Adam(0.02), head.Loss);
        model.Fit(x, y, new FitOptions { Epochs = 40, BatchSize = 100 });
        ForecastDistribution[,] found = head.Distributions(model.Predict(new float[,] { { 0.6f }, { 1.9f } }));
        foreach ((int row, double at) in ((int, double)[])[(0, 0.6), (1, 1.9)])
        {
            Assert.True(Math.Abs(found[row, 0].Median - (slope * at)) <= 0.15 * at, $"median {found[row, 0].Median} at {at}");
            double width = found[row, 0].Quantile(0.9) - found[row, 0].Quantile(0.1), expected = 2 * 1.2815515655446004 * spread * at;
            Assert.True(Math.Abs(width - expected) <= 0.2 * expected, $"width {width} instead of {expected} at {at}");
        }
    }

    [Fact]
    public void Counts_are_learnt_and_what_is_no_count_is_refused()
    {
        DistributionHead head = DistributionHead.NegativeBinomial;
        var truth = new NegativeBinomialDistribution(6, 0.5);
        var x = new float[2000, 1];
        var y = new float[2000, 1];
        for (int i = 0; i < 2000; i++) { (x[i, 0], y[i, 0]) = (1, (float)truth.Sample(new RandomKey(5), i)); }
        var model = new Sequential(new Input([1]), new Dense(head.Parameters(1))) { Seed = 2 };
        model.Compile(new Adam(0.05), head.Loss);
        model.Fit(x, y, new FitOptions { Epochs = 30, BatchSize = 100 });
        var found = (NegativeBinomialDistribution)head.Distributions(model.Predict(x))[0, 0];
        Assert.True(Math.Abs(found.Mean - y.Cast<float>().Average()) < 0.3, $"mean {found.Mean}");
        Assert.True(Math.Abs(found.Dispersion - 0.5) < 0.1, $"dispersion {found.Dispersion}");
        y[0, 0] = -1;
        Assert.Contains("-1", Assert.Throws<EngramException>(() => model.TrainOnBatch(x, y)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_and_sample_weights_count_as_in_other_losses()
    {
        DistributionHead head = DistributionHead.StudentT;
        TensorBuffer y = new(2, 3, 1), p = new(2, 3, 3), gradient = new(0);
        var random = new Random(9);
        for (int i = 0; i < p.Length; i++) { p.Span[i] = random.NextSingle(); }
        var mask = new Mask(2, 3);
        ((byte[])[1, 0, 1, 1, 0, 0]).CopyTo(mask.Span);
        float[] sampleWeights = [2, 0.5f];
        var batch = new BatchLoss(head.Loss);
        double actual = batch.Compute(y, p, mask, sampleWeights, gradient);
        double expected = ((2 * (head.Value(0, p.Span[..3]) + head.Value(0, p.Span[6..9]))) + (0.5 * head.Value(0, p.Span[9..12]))) / 3;
        Golden.AssertClose([expected], [actual], 1e-12, "loss");
        Assert.All(gradient.Span[3..6].ToArray(), value => Assert.Equal(0, value));
        for (int step = 0; step < 3; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            batch.Compute(y, p, mask, sampleWeights, gradient);
            if (step > 0) { Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before); }
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        Assert.Throws<EngramException>(() => DistributionHead.Gaussian.Loss.ElementAxes([4, 1], [4, 3]));
        Assert.Throws<EngramException>(() => DistributionHead.Gaussian.Distributions(new float[4, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => DistributionHead.Gaussian.Parameters(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => DistributionHead.Mixture(0));
    }

    private static DistributionHead Create(string name) => name switch
    {
        "gaussian" => DistributionHead.Gaussian,
        "student-t" => DistributionHead.StudentT,
        "negative-binomial" => DistributionHead.NegativeBinomial,
        "mixture" => DistributionHead.Mixture(3),
        "quantiles" => DistributionHead.Quantiles(0.05, 0.1, 0.5, 0.9),
        "cumulated" => DistributionHead.CumulatedQuantiles(0.05, 0.1, 0.5, 0.9),
        _ => throw new ArgumentException(name),
    };
}
