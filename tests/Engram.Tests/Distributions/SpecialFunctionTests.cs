using Engram.Distributions;

namespace Engram.Tests.Distributions;

public sealed class SpecialFunctionTests
{
    private const double EulerGamma = 0.57721566490153286061;

    [Theory]
    [InlineData(0.001, 6.907178885383854)] // these values from the C library's lgamma
    [InlineData(0.1, 2.2527126517342055)]
    [InlineData(0.5, 0.57236494292470009)] // ln √π
    [InlineData(1, 0)]
    [InlineData(1.5, -0.12078223763524522)] // ln(√π / 2)
    [InlineData(2, 0)]
    [InlineData(3.7, 1.4280723266653879)]
    [InlineData(11, 15.104412573075516)] // ln 10!
    [InlineData(171, 706.57306224578736)] // ln 170!
    [InlineData(1e6, 12815504.569147611)]
    public void LogGamma(double x, double expected) => Near(expected, SpecialFunctions.LogGamma(x), 4e-15, 4e-15);

    [Theory]
    [InlineData(1, -EulerGamma)]
    [InlineData(2, 1 - EulerGamma)]
    [InlineData(0.5, -EulerGamma - 1.3862943611198906)] // -γ - 2 ln 2
    [InlineData(10, 2.8289682539682540 - EulerGamma)] // the ninth harmonic number
    [InlineData(1e6, 13.815510057964191)] // ln x - 1/2x - 1/12x²
    public void Digamma(double x, double expected) => Near(expected, SpecialFunctions.Digamma(x), 2e-15, 2e-15);

    [Theory]
    [InlineData(0.3)]
    [InlineData(2)]
    [InlineData(49.9)]
    [InlineData(50.1)]
    [InlineData(400)]
    public void Half_steps_go_through_the_switch_smoothly_and_have_their_derivative(double x)
    {
        Near(SpecialFunctions.LogGamma(x + 0.5) - SpecialFunctions.LogGamma(x), SpecialFunctions.LogGammaHalfStep(x), 0, 2e-12);
        double h = 1e-3 * x;
        double difference = ((8 * (SpecialFunctions.LogGammaHalfStep(x + h) - SpecialFunctions.LogGammaHalfStep(x - h)))
            - (SpecialFunctions.LogGammaHalfStep(x + (2 * h)) - SpecialFunctions.LogGammaHalfStep(x - (2 * h)))) / (12 * h);
        if (Math.Abs(x - 50) > 1) { Near(difference, SpecialFunctions.DigammaHalfStep(x), 2e-9, 0); }
        Near(SpecialFunctions.Digamma(x + 0.5) - SpecialFunctions.Digamma(x), SpecialFunctions.DigammaHalfStep(x), 0, 2e-14);
    }

    [Theory]
    [InlineData(-37.5, 4.605353009582584e-308)]
    [InlineData(-10, 7.6198530241605260660e-24)]
    [InlineData(-5, 2.8665157187919391167e-7)]
    [InlineData(-3, 1.3498980316300945267e-3)]
    [InlineData(-1, 0.15865525393145705142)]
    [InlineData(0, 0.5)]
    [InlineData(1.959963984540054, 0.975)]
    [InlineData(6, 1 - 9.8658764503769814e-10)]
    public void Normal(double z, double p)
    {
        Near(p, SpecialFunctions.NormalCdf(z), z < -30 ? 1e-12 : 1e-13, 0);
        if (z < 3) { Near(z, SpecialFunctions.NormalQuantile(p), 1e-11, 1e-14); }
    }

    [Fact]
    public void The_normal_quantile_inverts_the_function_everywhere()
    {
        for (double exponent = -300; exponent < -0.31; exponent += 0.7)
        {
            double p = Math.Pow(10, exponent);
            Near(p, SpecialFunctions.NormalCdf(SpecialFunctions.NormalQuantile(p)), 3e-12, 0); // 300 digits out, the last bit of z is 1e-12 of p
            if (p > 1e-10) { Near(-SpecialFunctions.NormalQuantile(p), SpecialFunctions.NormalQuantile(1 - p), 1e-5, 0); }
        }

        double last = 0;
        for (double z = -8; z <= 8; z += 1.0 / 64)
        {
            double p = SpecialFunctions.NormalCdf(z);
            Assert.True(p > last || z > 7.9, $"It does not ascend at {z}.");
            last = p;
        }
    }

    [Theory]
    [InlineData(1, 3, 0.2)]
    [InlineData(5, 1, 0.7)]
    [InlineData(3, 4, 0.35)]
    [InlineData(40, 25, 0.6)]
    public void The_incomplete_beta_function_is_the_binomial_sum(int a, int b, double x)
    {
        // I_x(a, b) = P(at least a of a + b - 1 happen)
        int n = a + b - 1;
        double sum = 0;
        for (int k = a; k <= n; k++)
        {
            double choose = 1;
            for (int i = 0; i < k; i++) { choose *= (double)(n - i) / (i + 1); }
            sum += choose * Math.Pow(x, k) * Math.Pow(1 - x, n - k);
        }

        Near(sum, SpecialFunctions.RegularizedBeta(a, b, x, 1 - x), 1e-12, 0);
    }

    [Theory]
    [InlineData(1e-20)]
    [InlineData(1e-9)]
    [InlineData(0.3)]
    [InlineData(1e300)]
    public void Logarithms_of_one_plus(double x)
    {
        double expected = x < 1e-5 ? x - (x * x / 2) : x > 1e100 ? Math.Log(x) : Math.Log(1 + x);
        Near(expected, SpecialFunctions.LogOnePlus(x), 1e-15, 0);
        Assert.Equal(double.PositiveInfinity, SpecialFunctions.LogOnePlus(double.PositiveInfinity));
        Near(Math.Exp(-700), SpecialFunctions.Softplus(-700), 1e-15, 0);
        Assert.Equal(1e30, SpecialFunctions.Softplus(1e30));
        Near(Math.Exp(-700), SpecialFunctions.Sigmoid(-700), 1e-15, 0);
    }

    private static void Near(double expected, double actual, double relative, double absolute)
    {
        double allowed = Math.Max(relative * Math.Abs(expected), absolute);
        if (!(Math.Abs(expected - actual) <= allowed)) { Assert.Fail($"expected {expected:G17}, got {actual:G17}"); }
    }
}
