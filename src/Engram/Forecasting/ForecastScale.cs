namespace Engram.Forecasting;

/// <summary>
/// The scale on which a series is forecast: its own, or its logarithm. A later value may be zero or less although all training values
/// are positive; below <see cref="Floor"/> the logarithm therefore goes on as its tangent. Forecasts come back by exp, so they stay positive.
/// </summary>
internal sealed class ForecastScale
{
    private readonly double least; // what a forecast cannot fall below

    private ForecastScale(bool log, double floor, double least = double.NegativeInfinity)
    {
        Log = log;
        Floor = floor;
        this.least = least;
    }

    /// <summary>The series as it is.</summary>
    public static ForecastScale Identity { get; } = new(false, 0);

    /// <summary>Counts as they are; forecasts do not fall below 0.</summary>
    public static ForecastScale Counts { get; } = new(false, 0, 0);

    public bool Log { get; }

    /// <summary>Half the smallest training value; 0 without logarithm.</summary>
    public double Floor { get; }

    /// <summary>The logarithm above a floor.</summary>
    public static ForecastScale Logarithm(double floor) => new(true, floor);

    /// <summary>The logarithm of positive training rows.</summary>
    public static ForecastScale LogarithmOf(ReadOnlySpan<double> training) => Logarithm(Least(training) / 2);

    /// <summary>
    /// Whether seasonal changes are more even on the logarithm than on the series: the likelihood of the Box-Cox transformation (Box and
    /// Cox 1964) with parameter 0 against 1, by two percent.
    /// </summary>
    public static bool FavoursLog(ReadOnlySpan<double> y, int season)
    {
        if (!(Least(y) > 0)) { return false; }
        var log = new double[y.Length];
        double mean = 0;
        for (int i = 0; i < y.Length; i++) { mean += log[i] = Math.Log(y[i]); }
        return DeviationOfChanges(log, season) * Math.Exp(mean / y.Length) < 0.98 * DeviationOfChanges(y, season);
    }

    public double[] Forward(ReadOnlySpan<double> y)
    {
        double[] z = y.ToArray();
        if (!Log) { return z; }
        for (int i = 0; i < z.Length; i++) { z[i] = z[i] >= Floor ? Math.Log(z[i]) : Math.Log(Floor) + (z[i] / Floor) - 1; }
        return z;
    }

    public double Back(double z) => Log ? Math.Exp(z) : Math.Max(z, least);

    private static double Least(ReadOnlySpan<double> y)
    {
        double least = double.PositiveInfinity;
        foreach (double value in y) { least = Math.Min(least, value); }
        return least;
    }

    private static double DeviationOfChanges(ReadOnlySpan<double> y, int lag)
    {
        int count = y.Length - lag;
        double mean = 0, square = 0;
        for (int i = 0; i < count; i++) { mean += (y[i + lag] - y[i]) / count; }
        for (int i = 0; i < count; i++)
        {
            double d = y[i + lag] - y[i] - mean;
            square += d * d;
        }

        return Math.Sqrt(square / count);
    }
}
