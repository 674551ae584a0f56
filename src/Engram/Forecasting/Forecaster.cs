using Engram.Data;

namespace Engram.Forecasting;

/// <summary>
/// Forecasts a series. Small networks learn how the next values differ from the seasonal naive forecast (the last season again); the mean
/// of several networks is drawn towards the best of a few classical methods, as far as rows that were held out say. Season, logarithm and
/// window follow from the training rows; rows held out for the test say how good all this is, beside the naive forecasts, and how wide the
/// intervals must be; then everything is trained anew on all rows with the same choices.
/// </summary>
public static class Forecaster
{
    /// <summary>Forecasts a series. A few seconds for most series; the cores are shared by the networks.</summary>
    /// <param name="series">
    /// The series, at least 30 values. Its covariates are past covariates: the networks see their values up to the last known row, as they
    /// see the series itself; values in the future are not needed.
    /// </param>
    /// <param name="options">How; null for twelve steps ahead and what suits the series.</param>
    /// <param name="progress">Told after each network; called from any thread, one call at a time.</param>
    /// <param name="cancellation">Stops before the next network.</param>
    /// <exception cref="EngramException">The series is too short for what is asked; the message names the count and the minimum.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static ForecastReport Run(
        TimeSeries series, ForecastOptions? options = null, IProgress<ForecastProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(series);
        ForecastPlan plan = ForecastPlan.Create(series, options ?? new ForecastOptions());
        NetworkFits fits = NetworkFits.Train(plan, progress, cancellation);
        ValidationRun validation = ValidationRun.Choose(plan, fits.Validation);
        ForecastCore Core(int n, IReadOnlyList<ForecastNetwork> networks) => new()
        {
            Networks = networks,
            Classical = ClassicalForecast.Fit(validation.Kind, plan.Z, n, plan.Season.Length),
            Weight = validation.Weight,
            CovariateScaler = ForecastCore.FitScaler(series.Covariates, n),
        };

        var backtest = new BacktestRun(plan, Core(plan.TrainingRows, fits.Backtest), validation.Errors);
        ForecastModel model = ForecastModel.Create(plan, Core(series.Count, fits.Final), backtest.HalfWidths);
        return new ForecastReport
        {
            Series = series,
            Options = plan.Options,
            Split = plan.Split,
            Season = plan.Season,
            Log = plan.Scale.Log,
            Windows = plan.Windows,
            Validation = validation.Choice,
            Training = fits.Training,
            Backtest = backtest.Result,
            Forecast = model.Forecast(series),
            Model = model,
            Notes = plan.Notes,
        };
    }
}
