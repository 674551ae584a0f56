using Engram.Data;

namespace Engram.Forecasting;

/// <summary>What a <see cref="GlobalForecaster"/> found: how good it was on rows that it had not seen, the forecasts of all series, and the model.</summary>
public sealed class GlobalForecastReport
{
    /// <summary>The series.</summary>
    public required SeriesPanel Panel { get; init; }

    /// <summary>What was asked for.</summary>
    public required GlobalForecastOptions Options { get; init; }

    /// <summary>How many windows the networks of the backtest learnt from (the first ones, with <see cref="GlobalForecastOptions.Refit"/>).</summary>
    public required int TrainingWindows { get; init; }

    /// <summary>The training loss of the networks of the backtest, by epoch: the mean over the networks, in units of the windows' scales.</summary>
    public required IReadOnlyList<double> Loss { get; init; }

    /// <summary>After how many batches each network's weights were taken.</summary>
    public required int Steps { get; init; }

    /// <summary>How good the forecasts were on the test rows.</summary>
    public required GlobalBacktest Backtest { get; init; }

    /// <summary>The forecast of each series, in the panel's order.</summary>
    public required IReadOnlyList<SeriesForecast> Forecasts { get; init; }

    /// <summary>The model, trained on all rows.</summary>
    public required GlobalForecastModel Model { get; init; }

    /// <summary>What else a reader should know, one sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>What follows a series.</summary>
/// <param name="Id">The series' id.</param>
/// <param name="Target">The series' target.</param>
/// <param name="Name">What messages and reports call the series.</param>
/// <param name="Forecast">The values, their times and the intervals.</param>
public sealed record SeriesForecast(string Id, string Target, string Name, Forecast Forecast);

/// <summary>Forecasts of the test rows of all series by models that have not seen them, beside simple forecasts.</summary>
public sealed class GlobalBacktest
{
    /// <summary>How many origins each series has.</summary>
    public required int Origins { get; init; }

    /// <summary>The rows between two origins.</summary>
    public required int Stride { get; init; }

    /// <summary>The errors of each method, Engram's first: the means over the series.</summary>
    public required IReadOnlyList<PanelErrors> Methods { get; init; }

    /// <summary>The errors in each series that was long enough, in the panel's order.</summary>
    public required IReadOnlyList<SeriesBacktest> Series { get; init; }

    /// <summary>How often the values lay within the intervals, in percent, by the intervals' levels.</summary>
    public required IReadOnlyList<(double Level, double Coverage)> Coverage { get; init; }

    /// <summary>The errors of Engram.</summary>
    public PanelErrors Engram => Methods[0];
}

/// <summary>A method's errors.</summary>
/// <param name="Name">The method, for example <c>seasonal naive (24)</c>.</param>
/// <param name="Mae">The mean absolute error.</param>
/// <param name="Rmse">The root of the mean squared error; over several series the mean of theirs.</param>
/// <param name="Smape">The symmetric mean absolute percentage error as a fraction between 0 and 1; the M4 competition states 200 times this number.</param>
/// <param name="Mase">The mean absolute error over that of the seasonal naive forecast within the rows for training.</param>
/// <param name="ScaledMae">The mean absolute error when the series is standardised by its rows for training.</param>
/// <param name="ScaledMse">The mean squared error when the series is standardised by its rows for training.</param>
public sealed record PanelErrors(string Name, double Mae, double Rmse, double Smape, double Mase, double ScaledMae, double ScaledMse);

/// <summary>The backtest of one series.</summary>
/// <param name="Id">The series' id.</param>
/// <param name="Target">The series' target.</param>
/// <param name="Name">What messages and reports call the series.</param>
/// <param name="Origins">The row of each forecast's first value.</param>
/// <param name="Forecasts">Engram's forecasts: (origins, steps ahead).</param>
/// <param name="Methods">The errors of each method, Engram's first.</param>
public sealed record SeriesBacktest(string Id, string Target, string Name, IReadOnlyList<int> Origins, double[,] Forecasts, IReadOnlyList<PanelErrors> Methods)
{
    /// <summary>The errors of Engram.</summary>
    public PanelErrors Engram => Methods[0];
}
