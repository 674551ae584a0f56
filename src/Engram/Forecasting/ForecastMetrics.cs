namespace Engram.Forecasting;

/// <summary>
/// How far forecasts are from what came. All are means over the forecast's steps, computed in double precision, and agree with
/// Nixtla's utilsforecast. Lengths must agree and be above 0.
/// </summary>
public static class ForecastMetrics
{
    /// <summary>Mean absolute error: mean |y - f|.</summary>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Mae(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        Check(actual, forecast);
        double sum = 0;
        for (int i = 0; i < actual.Length; i++) { sum += Math.Abs(actual[i] - forecast[i]); }
        return sum / actual.Length;
    }

    /// <summary>Mean squared error: mean (y - f)².</summary>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Mse(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        Check(actual, forecast);
        double sum = 0;
        for (int i = 0; i < actual.Length; i++) { sum += (actual[i] - forecast[i]) * (actual[i] - forecast[i]); }
        return sum / actual.Length;
    }

    /// <summary>Root of the mean squared error, in the unit of the series.</summary>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Rmse(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast) => Math.Sqrt(Mse(actual, forecast));

    /// <summary>
    /// Mean absolute percentage error as a fraction (0.05 is 5 %): mean |y - f| / |y|. Steps where y is 0 have no percentage and are
    /// left out; NaN where all are 0. Prefer MASE for series that come near 0.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Mape(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        Check(actual, forecast);
        double sum = 0;
        int counted = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            if (actual[i] == 0) { continue; }
            sum += Math.Abs(actual[i] - forecast[i]) / Math.Abs(actual[i]);
            counted++;
        }

        return sum / counted;
    }

    /// <summary>
    /// Symmetric mean absolute percentage error as a fraction between 0 and 1: mean |y - f| / (|y| + |f|), where 0 / 0 counts as 0.
    /// The M4 competition states 200 times this number.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Smape(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        Check(actual, forecast);
        double sum = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double scale = Math.Abs(actual[i]) + Math.Abs(forecast[i]);
            if (scale != 0) { sum += Math.Abs(actual[i] - forecast[i]) / scale; }
        }

        return sum / actual.Length;
    }

    /// <summary>
    /// Mean absolute scaled error (Hyndman and Koehler 2006): the mean absolute error over that of the seasonal naive forecast within
    /// the training series. Below 1 is better than it. NaN or infinite where the training series repeats itself exactly.
    /// </summary>
    /// <param name="actual">What came.</param>
    /// <param name="forecast">What was forecast.</param>
    /// <param name="train">The series before, longer than a season.</param>
    /// <param name="season">The steps of a season; 1 for none.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or the training series is too short.</exception>
    public static double Mase(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, ReadOnlySpan<double> train, int season = 1)
    {
        CheckSeason(train, season);
        return Mae(actual, forecast) / Mae(train[season..], train[..^season]);
    }

    /// <summary>
    /// Root mean squared scaled error (the M5 competition's measure): the root of the squared error over that of the seasonal naive
    /// forecast within the training series. NaN or infinite where the training series repeats itself exactly.
    /// </summary>
    /// <inheritdoc cref="Mase"/>
    public static double Rmsse(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, ReadOnlySpan<double> train, int season = 1)
    {
        CheckSeason(train, season);
        return Math.Sqrt(Mse(actual, forecast) / Mse(train[season..], train[..^season]));
    }

    /// <summary>Quantile or pinball loss: mean of q (y - f) where y is above f, and (q - 1) (y - f) where it is below.</summary>
    /// <param name="actual">What came.</param>
    /// <param name="forecast">The forecast of the quantile.</param>
    /// <param name="quantile">q, in (0, 1).</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double QuantileLoss(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast, double quantile)
    {
        Check(actual, forecast);
        if (!(quantile > 0 && quantile < 1)) { throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "A quantile lies between 0 and 1."); }
        double sum = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double error = actual[i] - forecast[i];
            sum += Math.Max(quantile * error, (quantile - 1) * error);
        }

        return sum / actual.Length;
    }

    /// <summary>The share of steps whose value lies in the interval, its ends included.</summary>
    /// <param name="actual">What came.</param>
    /// <param name="low">The lower end for each step.</param>
    /// <param name="high">The upper end for each step.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Coverage(ReadOnlySpan<double> actual, ReadOnlySpan<double> low, ReadOnlySpan<double> high)
    {
        Check(actual, low);
        Check(actual, high);
        int inside = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            if (actual[i] >= low[i] && actual[i] <= high[i]) { inside++; }
        }

        return (double)inside / actual.Length;
    }

    private static void Check(ReadOnlySpan<double> actual, ReadOnlySpan<double> forecast)
    {
        if (actual.Length != forecast.Length || actual.IsEmpty)
        {
            throw new ArgumentException($"There are {actual.Length} actual values and {forecast.Length} forecasts; they must be as many, and at least one.", nameof(forecast));
        }
    }

    private static void CheckSeason(ReadOnlySpan<double> train, int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        if (train.Length <= season) { throw new ArgumentException($"{train.Length} training values are too few for a season of {season}.", nameof(train)); }
    }
}
