using Engram.Cli.Series;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts;

/// <summary>A forecast as the command shows it, by whichever way it was made.</summary>
internal sealed class ForecastRun
{
    /// <summary>The series and where it came from.</summary>
    public required SeriesInput Input { get; init; }

    /// <summary>The rows of the series and of the forecast.</summary>
    public required Timeline Timeline { get; init; }

    /// <summary>The model.</summary>
    public required ForecastModel Model { get; init; }

    /// <summary>The forecast.</summary>
    public required Forecast Forecast { get; init; }

    /// <summary>What training and the backtest found; null where a saved model was used.</summary>
    public ForecastReport? Report { get; init; }

    /// <summary>The saved model that was used, or null.</summary>
    public string? ModelPath { get; init; }

    /// <summary>How long it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>The command that does the same again.</summary>
    public required string Command { get; init; }

    /// <summary>Where the files go.</summary>
    public required string Folder { get; init; }

    /// <summary>The forecast's file.</summary>
    public string CsvPath => Path.Combine(Folder, "forecast.csv");

    /// <summary>The page's file.</summary>
    public string PagePath => Path.Combine(Folder, "report.html");

    /// <summary>The trained model's file, or null where a saved model was used.</summary>
    public string? SavedModelPath => Report is null ? null : Path.Combine(Folder, "forecast.keras");

    /// <summary>What a reader should know about the series.</summary>
    public IReadOnlyList<string> Notes => Report?.Notes ?? Input.Series.Notes;

    /// <summary>The first forecast row.</summary>
    public int FirstAhead => Input.Series.Count;

    /// <summary>The values as people read them.</summary>
    public Func<double, string> Value => Words.Like(Input.Series.Values);

    /// <summary>The method's name as programs read it: Engram's is the tool's.</summary>
    public static string NameOf(MethodErrors method, Backtest backtest) => ReferenceEquals(method, backtest.Engram) ? "engram" : method.Name;

    /// <summary>A method's mean absolute percentage error in percent; the library has fractions.</summary>
    public static double Mape(MethodErrors method) => 100 * method.Mape;

    /// <summary>A method's symmetric percentage error in percent, as the M4 competition states it.</summary>
    public static double Smape(MethodErrors method) => 200 * method.Smape;

    /// <summary>The verdict in plain words, with what it leaves out: a classical method in the mix may be better alone.</summary>
    public static string Verdict(Backtest backtest)
    {
        MethodErrors least = backtest.Methods.MinBy(method => method.Mae)!;
        return ReferenceEquals(least, backtest.Engram) || least.Name == backtest.Verdict.BestSimple
            ? backtest.Verdict.Text
            : FormattableString.Invariant($"{backtest.Verdict.Text} The classical part alone, {least.Name}, has the least error of all: MAE {least.Mae:G4}.");
    }
}
