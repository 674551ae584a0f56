using Engram.Data;

namespace Engram.Tests.Forecasting;

/// <summary>Series whose properties are known because they are made here.</summary>
internal static class SeriesToForecast
{
    public static TimeSeries Airline => SampleSeries.AirlinePassengers;

    /// <summary>Standard normal numbers, always the same for a seed.</summary>
    public static double[] Noise(int count, long seed)
    {
        var key = new RandomKey(seed);
        return [.. Enumerable.Range(0, count).Select(i => key.Normal((ulong)i))];
    }

    /// <summary>A sine of a period around zero, a slope and noise.</summary>
    public static double[] Wave(int count, int period, double slope, double noise, long seed)
    {
        double[] e = Noise(count, seed);
        return [.. Enumerable.Range(0, count).Select(i => (3 * Math.Sin(2 * Math.PI * i / period)) + Math.Cos(6 * Math.PI * i / period) + (slope * i) + (noise * e[i]))];
    }

    public static TimeSeries Daily(double[] values, params Covariate[] covariates)
    {
        var frequency = new Frequency(FrequencyUnit.Day);
        var start = new DateTime(2020, 1, 1);
        return new TimeSeries("sales", values, [start, .. frequency.After(start, values.Length - 1)], frequency, covariates, []);
    }

    public static TimeSeries Yearly(double[] values)
    {
        var frequency = new Frequency(FrequencyUnit.Month, 12);
        var start = new DateTime(1001, 1, 1);
        return new TimeSeries("level", values, [start, .. frequency.After(start, values.Length - 1)], frequency, [], []);
    }

    public static TimeSeries With(TimeSeries series, Action<double[]> change)
    {
        double[] values = [.. series.Values];
        change(values);
        return new TimeSeries(series.Name, values, series.Times, series.Frequency, series.Covariates, []);
    }

    public static void Near(double expected, double actual, double tolerance)
    {
        if (!(Math.Abs(expected - actual) <= tolerance)) { Assert.Fail($"Expected {expected} within {tolerance}, got {actual}."); }
    }
}
