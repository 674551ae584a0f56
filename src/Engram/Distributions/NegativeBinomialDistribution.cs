using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>
/// The negative binomial distribution of counts with mean μ and variance μ + α μ²: P(y) = Γ(y + r) / (Γ(r) y!) (αμ)^y / (1 + αμ)^(y + r)
/// with r = 1/α. For small α it is Poisson's.
/// </summary>
public sealed class NegativeBinomialDistribution : ForecastDistribution
{
    /// <summary>Creates the distribution.</summary>
    /// <param name="mean">The mean μ, above 0.</param>
    /// <param name="dispersion">How much the variance exceeds Poisson's: α, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is not above 0.</exception>
    public NegativeBinomialDistribution(double mean, double dispersion)
    {
        Mean = Require(mean > 0, mean, nameof(mean), "above 0");
        Dispersion = Require(dispersion > 0, dispersion, nameof(dispersion), "above 0");
    }

    /// <inheritdoc/>
    public override double Mean { get; }

    /// <summary>The dispersion α.</summary>
    public double Dispersion { get; }

    /// <inheritdoc/>
    public override double Cdf(double x)
    {
        if (x < 0) { return 0; }
        double scaled = Dispersion * Mean;
        return RegularizedBeta(1 / Dispersion, Math.Floor(x) + 1, 1 / (1 + scaled), scaled / (1 + scaled));
    }

    /// <inheritdoc/>
    public override double LogDensity(double x) => x >= 0 && x == Math.Floor(x) ? -NegativeLog(x, Mean, Dispersion) : double.NegativeInfinity;

    /// <summary>-ln P(y), without cancellation for small α: ln y! - Σ ln(1 + αk) - y ln μ + (y + 1/α) ln(1 + αμ), k from 0 to y - 1.</summary>
    internal static double NegativeLog(double y, double mean, double dispersion) =>
        LogGamma(y + 1) - LogRising(y, dispersion) - (y == 0 ? 0 : y * Math.Log(mean)) + ((y + (1 / dispersion)) * LogOnePlus(dispersion * mean));

    /// <summary>d(-ln P)/dα = -Σ k / (1 + αk) + y μ / (1 + αμ) + (x / (1 + x) - ln(1 + x)) / α² with x = αμ.</summary>
    internal static double DispersionDerivative(double y, double mean, double dispersion)
    {
        double x = dispersion * mean;
        double bend = x < 1e-3
            ? mean * mean * (-0.5 + (x * ((2.0 / 3) - (x * (0.75 - (x * (0.8 - (x * 5 / 6))))))))
            : ((x / (1 + x)) - LogOnePlus(x)) / (dispersion * dispersion);
        return -RisingDerivative(y, dispersion) + (y * mean / (1 + x)) + bend;
    }

    /// <inheritdoc/>
    protected override double InverseCdf(double p)
    {
        double deviation = Math.Sqrt(Mean * (1 + (Dispersion * Mean)));
        double high = Math.Max(0, Math.Floor(Mean + (deviation * NormalQuantile(p)))), low = -1;
        for (double step = Math.Max(1, Math.Floor(deviation)); Cdf(high) < p; step *= 2) { (low, high) = (high, high + step); }
        for (double step = Math.Max(1, Math.Floor(0.1 * deviation)); high - step > low && Cdf(high - step) >= p; step *= 2) { high -= step; }
        while (high - low > 1)
        {
            double middle = Math.Floor((low + high) / 2);
            (low, high) = Cdf(middle) >= p ? (low, middle) : (middle, high);
        }

        return high;
    }

    // Σ ln(1 + αk) over k from 0 to y - 1.
    private static double LogRising(double y, double dispersion)
    {
        if (y > Few) { return LogGamma(y + (1 / dispersion)) - LogGamma(1 / dispersion) + (y * Math.Log(dispersion)); }
        double sum = 0;
        for (int k = 1; k < y; k++) { sum += LogOnePlus(dispersion * k); }
        return sum;
    }

    private static double RisingDerivative(double y, double dispersion)
    {
        if (y > Few) { return (y - ((Digamma(y + (1 / dispersion)) - Digamma(1 / dispersion)) / dispersion)) / dispersion; }
        double sum = 0;
        for (int k = 1; k < y; k++) { sum += k / (1 + (dispersion * k)); }
        return sum;
    }

    private const double Few = 64;
}
