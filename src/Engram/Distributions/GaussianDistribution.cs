using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>The normal distribution.</summary>
public sealed class GaussianDistribution : ForecastDistribution
{
    /// <summary>Creates the distribution.</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="scale">The standard deviation, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not above 0.</exception>
    public GaussianDistribution(double mean, double scale)
    {
        Mean = mean;
        Scale = Require(scale > 0, scale, nameof(scale), "above 0");
    }

    /// <inheritdoc/>
    public override double Mean { get; }

    /// <summary>The standard deviation.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public override double Cdf(double x) => NormalCdf((x - Mean) / Scale);

    /// <inheritdoc/>
    public override double LogDensity(double x) => LogNormalDensity((x - Mean) / Scale) - Math.Log(Scale);

    /// <inheritdoc/>
    protected override double InverseCdf(double p) => Mean + (Scale * NormalQuantile(p));
}
