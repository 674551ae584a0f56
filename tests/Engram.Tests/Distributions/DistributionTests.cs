using Engram.Distributions;

namespace Engram.Tests.Distributions;

public sealed class DistributionTests
{
    private static readonly double[] Shares = [1e-9, 0.001, 0.025, 0.1, 0.33, 0.5, 0.7, 0.9, 0.975, 0.9999];

    public static TheoryData<string> All() => new("gaussian", "student 2.1", "student 5", "student 400", "student 90000", "student 110000", "student huge", "mixture", "quantiles", "counts", "few counts", "many counts", "nearly poisson");

    [Theory]
    [MemberData(nameof(All))]
    public void Quantiles_invert_the_distribution_function(string name)
    {
        ForecastDistribution d = Create(name);
        double last = double.NegativeInfinity;
        foreach (double p in Shares)
        {
            double x = d.Quantile(p);
            Assert.True(x >= last);
            last = x;
            if (d is NegativeBinomialDistribution)
            {
                Assert.True(x >= 0 && x == Math.Floor(x) && d.Cdf(x) >= p && (x == 0 || d.Cdf(x - 1) < p), $"{p}: {x}");
            }
            else { Golden.AssertClose([p], [d.Cdf(x)], 1e-9, $"{name} at {p}"); }
        }

        Assert.Equal(d.Quantile(0.5), d.Median);
        foreach (double p in (double[])[0, 1, -0.1, double.NaN]) { Assert.Throws<ArgumentOutOfRangeException>(() => d.Quantile(p)); }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_density_is_the_slope_of_the_distribution_function(string name)
    {
        ForecastDistribution d = Create(name);
        foreach (double p in (double[])[0.04, 0.2, 0.55, 0.85])
        {
            double x = d.Quantile(p);
            if (d is NegativeBinomialDistribution)
            {
                Golden.AssertClose([d.Cdf(x) - d.Cdf(x - 1)], [Math.Exp(d.LogDensity(x))], name == "many counts" ? 1e-5 : 1e-7, $"{name} at {x}");
                Assert.Equal(double.NegativeInfinity, d.LogDensity(x + 0.5));
                Assert.Equal(d.Cdf(x), d.Cdf(x + 0.5));
                continue;
            }

            double h = 2e-4 * (d.Quantile(0.9) - d.Quantile(0.1));
            double slope = ((8 * (d.Cdf(x + h) - d.Cdf(x - h))) - (d.Cdf(x + (2 * h)) - d.Cdf(x - (2 * h)))) / (12 * h);
            Golden.AssertClose([slope], [Math.Exp(d.LogDensity(x))], 1e-8, $"{name} at {x}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Draws_have_the_mean_and_the_quantiles_and_depend_on_the_key_alone(string name)
    {
        ForecastDistribution d = Create(name);
        var key = new RandomKey(7);
        const int Draws = 20_000;
        double[] draws = [.. Enumerable.Range(0, Draws).Select(i => d.Sample(key, i))];
        double mean = draws.Average(), deviation = Math.Sqrt(draws.Average(x => (x - mean) * (x - mean)));
        if (name != "student 2.1") { Assert.True(Math.Abs(mean - d.Mean) <= 4 * deviation / Math.Sqrt(Draws), $"{mean} instead of {d.Mean}"); }
        Array.Sort(draws);
        foreach (double p in (double[])[0.1, 0.5, 0.9])
        {
            double error = 4 * Math.Sqrt(p * (1 - p) / Draws);
            Assert.True(draws[(int)(p * Draws)] >= d.Quantile(p - error) && draws[(int)(p * Draws)] <= d.Quantile(p + error), $"the quantile of {p}");
        }

        Assert.Equal(d.Sample(key, 3), Create(name).Sample(new RandomKey(7), 3));
        Assert.NotEqual(draws[0], draws[^1]);
    }

    [Fact]
    public void Students_distribution_with_three_degrees_of_freedom_has_a_closed_form()
    {
        var d = new StudentTDistribution(0, 1, 3);
        foreach (double t in (double[])[-50, -3, -0.4, 0, 1e-6, 2, 11])
        {
            double u = t / Math.Sqrt(3);
            double expected = 0.5 + (((u / (1 + (u * u))) + Math.Atan(u)) / Math.PI);
            Golden.AssertClose([expected], [d.Cdf(t)], t < -10 ? 1e-9 : 1e-13, $"cdf at {t}");
            Golden.AssertClose([Math.Log(6 * Math.Sqrt(3) / Math.PI) - (2 * Math.Log(3 + (t * t)))], [d.LogDensity(t)], 1e-14, $"density at {t}");
        }

        Golden.AssertClose([3.182446305284263], [d.Quantile(0.975)], 1e-12, "the quantile in every table"); // t(0.975, 3) = 3.182
        Golden.AssertClose([2.228138851964939], [new StudentTDistribution(0, 1, 10).Quantile(0.975)], 1e-11, "t(0.975, 10) = 2.228");
        Assert.Equal(5, new StudentTDistribution(5, 2, 3).Mean);
        Assert.True(double.IsNaN(new StudentTDistribution(5, 2, 1).Mean));
    }

    [Theory]
    [InlineData(0.3, 2.5)]
    [InlineData(7, 0.4)]
    [InlineData(180, 0.02)]
    public void Counts_follow_the_recurrence_of_their_probabilities(double mean, double dispersion)
    {
        var d = new NegativeBinomialDistribution(mean, dispersion);
        double r = 1 / dispersion, q = mean / (mean + r), p = Math.Pow(1 - q, r), sum = 0, first = 0, second = 0;
        for (int y = 0; y < 3000; y++)
        {
            sum += p;
            first += y * p;
            second += (double)y * y * p;
            if (y % 7 == 0 && sum < 1 - 1e-9)
            {
                Golden.AssertClose([Math.Log(p)], [d.LogDensity(y)], 1e-11, $"probability of {y}");
                Golden.AssertClose([sum], [d.Cdf(y)], 1e-11, $"up to {y}");
            }

            p *= (y + r) / (y + 1) * q;
        }

        Golden.AssertClose([d.Mean], [first], 1e-9, "mean");
        Golden.AssertClose([mean + (dispersion * mean * mean)], [second - (first * first)], 1e-8, "variance");
    }

    [Fact]
    public void Counts_of_small_dispersion_are_Poissons()
    {
        var d = new NegativeBinomialDistribution(4, 1e-9);
        for (int y = 0; y < 20; y++)
        {
            double poisson = (y * Math.Log(4)) - 4 - Enumerable.Range(1, y).Sum(k => Math.Log(k));
            Golden.AssertClose([poisson], [d.LogDensity(y)], 1e-7, $"{y}");
        }
    }

    [Fact]
    public void Two_quantiles_are_a_normal_distribution_and_equal_ones_an_atom()
    {
        var normal = new GaussianDistribution(3, 2);
        var d = new QuantileDistribution([0.1, 0.6], [normal.Quantile(0.1), normal.Quantile(0.6)]);
        foreach (double p in Shares) { Golden.AssertClose([normal.Quantile(p)], [d.Quantile(p)], 1e-12, $"{p}"); }
        Golden.AssertClose([3], [d.Mean], 1e-13, "mean");

        // The mean of a bent one, by adding up quantiles.
        var bent = new QuantileDistribution([0.1, 0.5, 0.9], [-1, 0, 4]);
        const int Parts = 200_000;
        Golden.AssertClose([Enumerable.Range(0, Parts).Average(i => bent.Quantile((i + 0.5) / Parts))], [bent.Mean], 1e-4, "mean");

        var atom = new QuantileDistribution([0.25, 0.5, 0.75], [0, 0, 1]);
        Assert.Equal((0, 0.5, 0), (atom.Quantile(0.3), Math.Round(atom.Cdf(0), 12), atom.Cdf(-1e-9)));
        Assert.Equal(0, atom.Quantile(0.01));
        var point = new QuantileDistribution([0.25, 0.75], [2, 2]);
        Assert.Equal((0, 1, 2, 2), (point.Cdf(1.9), point.Cdf(2), point.Mean, point.Quantile(0.9)));
        Assert.Equal(double.PositiveInfinity, point.LogDensity(2));
    }

    [Fact]
    public void A_mixture_far_apart_has_all_its_parts()
    {
        var d = new MixtureDistribution([1, 3], [new(-1000, 1e-3), new(1000, 1)]);
        Assert.Equal([0.25, 0.75], d.Weights);
        Assert.Equal(500, d.Mean);
        Assert.Equal(0.25, d.Cdf(0), 12);
        Golden.AssertClose([-1000, 1000], [d.Quantile(0.125), d.Quantile(0.625)], 1e-12, "medians of the parts");
        double peak = Math.Log(0.75) - (0.5 * Math.Log(2 * Math.PI));
        Golden.AssertClose([peak, peak - 0.5e12], [d.LogDensity(1000), d.LogDensity(1_001_000)], 1e-15, "density");
    }

    [Fact]
    public void What_is_no_distribution_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianDistribution(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StudentTDistribution(0, 1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new NegativeBinomialDistribution(0, 1));
        Assert.Throws<ArgumentException>(() => new MixtureDistribution([1], []));
        Assert.Throws<ArgumentException>(() => new MixtureDistribution([-1], [new(0, 1)]));
        Assert.Throws<ArgumentException>(() => new QuantileDistribution([0.5], [1]));
        Assert.Throws<ArgumentException>(() => new QuantileDistribution([0.5, 0.4], [1, 2]));
        Assert.Throws<ArgumentException>(() => new QuantileDistribution([0.4, 0.5], [2, 1]));
    }

    private static ForecastDistribution Create(string name) => name switch
    {
        "gaussian" => new GaussianDistribution(-3, 0.7),
        "student 2.1" => new StudentTDistribution(1, 0.2, 2.1),
        "student 5" => new StudentTDistribution(-2, 3, 5),
        "student 400" => new StudentTDistribution(0, 1, 400),
        "student 90000" => new StudentTDistribution(0, 1, 90_000),
        "student 110000" => new StudentTDistribution(0, 1, 110_000),
        "student huge" => new StudentTDistribution(0, 1, 3e9),
        "mixture" => new MixtureDistribution([0.2, 0.5, 0.3], [new(-4, 0.3), new(0, 2), new(1, 0.1)]),
        "quantiles" => new QuantileDistribution([0.1, 0.4, 0.5, 0.9], [-2, -1.5, 1, 3]),
        "counts" => new NegativeBinomialDistribution(12, 0.3),
        "few counts" => new NegativeBinomialDistribution(0.2, 1.7),
        "many counts" => new NegativeBinomialDistribution(54321, 0.1),
        "nearly poisson" => new NegativeBinomialDistribution(30, 1e-6),
        _ => throw new ArgumentException(name),
    };
}
