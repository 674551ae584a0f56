using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>Student's t distribution, moved and scaled: tails that are heavier the fewer the degrees of freedom.</summary>
public sealed class StudentTDistribution : ForecastDistribution
{
    // From here on the normal distribution, with Wallace's correction (1959), is more exact than the incomplete beta function in doubles.
    private const double Normal = 1e5;

    /// <summary>Creates the distribution.</summary>
    /// <param name="location">The median; the mean too where there is one.</param>
    /// <param name="scale">The scale, above 0; the standard deviation is larger.</param>
    /// <param name="degreesOfFreedom">Above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Scale or degrees of freedom are not above 0.</exception>
    public StudentTDistribution(double location, double scale, double degreesOfFreedom)
    {
        Location = location;
        Scale = Require(scale > 0, scale, nameof(scale), "above 0");
        DegreesOfFreedom = Require(degreesOfFreedom > 0, degreesOfFreedom, nameof(degreesOfFreedom), "above 0");
    }

    /// <summary>The median.</summary>
    public double Location { get; }

    /// <summary>The scale.</summary>
    public double Scale { get; }

    /// <summary>The degrees of freedom.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>The mean: the location; NaN with one degree of freedom or less, where there is none.</summary>
    public override double Mean => DegreesOfFreedom > 1 ? Location : double.NaN;

    /// <inheritdoc/>
    public override double Cdf(double x)
    {
        double t = (x - Location) / Scale;
        return t > 0 ? 1 - LowerTail(-t) : LowerTail(t);
    }

    /// <inheritdoc/>
    public override double LogDensity(double x) => LogStandard((x - Location) / Scale) - Math.Log(Scale);

    /// <inheritdoc/>
    protected override double InverseCdf(double p)
    {
        if (p > 0.5) { return Location - (Scale * StandardQuantile(1 - p)); }
        return Location + (Scale * StandardQuantile(p));
    }

    private double LogStandard(double t) =>
        LogGammaHalfStep(DegreesOfFreedom / 2) - (0.5 * Math.Log(Math.PI * DegreesOfFreedom)) - ((DegreesOfFreedom + 1) / 2 * LogOnePlus(t * t / DegreesOfFreedom));

    // P(T ≤ t) of t up to 0: I_x(ν/2, 1/2) / 2 with x = ν / (ν + t²) (DLMF 8.17 and the density's substitution).
    private double LowerTail(double t)
    {
        if (DegreesOfFreedom > Normal)
        {
            return NormalCdf(-((8 * DegreesOfFreedom) + 1) / ((8 * DegreesOfFreedom) + 3) * Math.Sqrt(DegreesOfFreedom * LogOnePlus(t * t / DegreesOfFreedom)));
        }

        double q = t * t / DegreesOfFreedom;
        double logBeta = (0.5 * Math.Log(Math.PI)) - LogGammaHalfStep(DegreesOfFreedom / 2);
        return double.IsPositiveInfinity(q) ? 0 : 0.5 * RegularizedBeta(DegreesOfFreedom / 2, 0.5, 1 / (1 + q), q / (1 + q), logBeta);
    }

    // Of p up to 1/2. The normal quantile is nearer to 0; from it the bracket is widened outwards.
    private double StandardQuantile(double p)
    {
        if (p == 0.5) { return 0; }
        double high = NormalQuantile(p);
        double low = 2 * high;
        while (LowerTail(low) > p) { (low, high) = (2 * low, low); }
        return Invert(LowerTail, t => Math.Exp(LogStandard(t)), p, low, high, 0.5 * (low + high));
    }
}
