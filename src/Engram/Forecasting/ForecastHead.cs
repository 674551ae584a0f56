using Engram.Distributions;

namespace Engram.Forecasting;

/// <summary>
/// What the networks of a forecast predict. With a head each network predicts a distribution for each step ahead; the forecast is its median, the
/// mean over the networks, and the intervals are its quantiles. Without one it predicts a number, and intervals are conformal.
/// </summary>
public enum ForecastHead
{
    /// <summary>Numbers, with conformal intervals. The default.</summary>
    None,

    /// <summary>Normal distributions.</summary>
    Gaussian,

    /// <summary>Student's t distributions, which outliers pull less.</summary>
    StudentT,

    /// <summary>Negative binomial distributions, for series of counts: whole numbers from 0.</summary>
    NegativeBinomial,

    /// <summary>Mixtures of three normal distributions, for what may go one way or the other.</summary>
    Mixture,

    /// <summary>The quantiles that the intervals need, and the median, without an assumption about the distribution.</summary>
    Quantiles,
}

/// <summary>What belongs to each kind of head.</summary>
internal static class ForecastHeads
{
    /// <summary>The head, or null for none.</summary>
    /// <param name="head">The kind.</param>
    /// <param name="levels">The levels of the intervals in percent.</param>
    public static DistributionHead? Create(ForecastHead head, IReadOnlyList<double> levels) => head switch
    {
        ForecastHead.Gaussian => DistributionHead.Gaussian,
        ForecastHead.StudentT => DistributionHead.StudentT,
        ForecastHead.NegativeBinomial => DistributionHead.NegativeBinomial,
        ForecastHead.Mixture => DistributionHead.Mixture(3),
        ForecastHead.Quantiles => DistributionHead.Quantiles(levels.Count == 0
            ? [0.1, 0.5, 0.9]
            : [.. levels.Reverse().Select(Lower), 0.5, .. levels.Select(level => 1 - Lower(level))]),
        _ => null,
    };

    /// <summary>The share below an interval of a level in percent.</summary>
    public static double Lower(double level) => (1 - (level / 100)) / 2;
}
