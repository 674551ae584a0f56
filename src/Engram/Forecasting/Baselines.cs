namespace Engram.Forecasting;

/// <summary>A forecast that needs no training. A model is worth its trouble only where it is better than these.</summary>
public interface IBaseline
{
    /// <summary>The name, for reports.</summary>
    string Name { get; }

    /// <summary>Forecasts the values that follow.</summary>
    /// <param name="history">The values so far.</param>
    /// <param name="horizon">How many to forecast.</param>
    /// <exception cref="EngramException">The history is too short; the message says how long it must be.</exception>
    double[] Forecast(ReadOnlySpan<double> history, int horizon);
}

/// <summary>The last value stays.</summary>
public sealed class NaiveForecast : IBaseline
{
    /// <inheritdoc/>
    public string Name => "naive";

    /// <inheritdoc/>
    public double[] Forecast(ReadOnlySpan<double> history, int horizon)
    {
        History.Demand(history, 1, horizon, Name);
        var forecast = new double[horizon];
        Array.Fill(forecast, history[^1]);
        return forecast;
    }
}

/// <summary>The last season repeats itself.</summary>
public sealed class SeasonalNaiveForecast : IBaseline
{
    private readonly int season;

    /// <summary>Creates the baseline.</summary>
    /// <param name="season">The steps of a season: 12 for months of a year, 24 for hours of a day.</param>
    public SeasonalNaiveForecast(int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        this.season = season;
    }

    /// <inheritdoc/>
    public string Name => $"seasonal naive ({season})";

    /// <inheritdoc/>
    public double[] Forecast(ReadOnlySpan<double> history, int horizon)
    {
        History.Demand(history, season, horizon, Name);
        var forecast = new double[horizon];
        for (int h = 0; h < horizon; h++) { forecast[h] = history[history.Length - season + (h % season)]; }
        return forecast;
    }
}

/// <summary>The straight line through the first and the last value goes on.</summary>
public sealed class DriftForecast : IBaseline
{
    /// <inheritdoc/>
    public string Name => "drift";

    /// <inheritdoc/>
    public double[] Forecast(ReadOnlySpan<double> history, int horizon)
    {
        History.Demand(history, 2, horizon, Name);
        double slope = (history[^1] - history[0]) / (history.Length - 1);
        var forecast = new double[horizon];
        for (int h = 0; h < horizon; h++) { forecast[h] = history[^1] + ((h + 1) * slope); }
        return forecast;
    }
}

/// <summary>The mean of all values so far.</summary>
public sealed class MeanForecast : IBaseline
{
    /// <inheritdoc/>
    public string Name => "mean";

    /// <inheritdoc/>
    public double[] Forecast(ReadOnlySpan<double> history, int horizon)
    {
        History.Demand(history, 1, horizon, Name);
        double sum = 0;
        foreach (double value in history) { sum += value; }
        var forecast = new double[horizon];
        Array.Fill(forecast, sum / history.Length);
        return forecast;
    }
}

/// <summary>What every baseline demands of its input.</summary>
internal static class History
{
    public static void Demand(ReadOnlySpan<double> history, int least, int horizon, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        if (history.Length < least) { throw new EngramException($"The {name} forecast needs {least} values before it; there are {history.Length}."); }
    }
}
