namespace Engram.Forecasting;

/// <summary>Values to come, with bounds.</summary>
/// <param name="Values">The forecast, one value for each step ahead.</param>
/// <param name="Times">The times of the values; null where the series has none, or no fixed step.</param>
/// <param name="Intervals">The bounds, from the narrowest to the widest.</param>
public sealed record Forecast(double[] Values, DateTime[]? Times, IReadOnlyList<PredictionInterval> Intervals)
{
    /// <summary>The number of steps ahead.</summary>
    public int Horizon => Values.Length;
}

/// <summary>
/// Bounds within which a value to come lies with a given probability: the forecast plus and minus a quantile of the absolute errors that
/// forecasts so many steps ahead had on rows that no network had seen (split conformal prediction; Papadopoulos et al. 2002, Lei et al.
/// 2018), on the logarithm where that is forecast. A step with few errors borrows those of its neighbours, and the widths never shrink
/// with the step. With a <see cref="ForecastHead"/> the forecast plus and minus what the quantiles of the networks' distributions lie from
/// their medians. The backtest says how often such bounds held.
/// </summary>
/// <param name="Level">The probability in percent.</param>
/// <param name="Lower">The lower bound of each step ahead.</param>
/// <param name="Upper">The upper bound of each step ahead.</param>
public sealed record PredictionInterval(double Level, double[] Lower, double[] Upper);
