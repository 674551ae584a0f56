using Engram.Cli.Series;
using Engram.Data;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts.Many;

/// <summary>Forecasts of many series as the command shows them, by whichever way they were made.</summary>
internal sealed class ManyRun
{
    /// <summary>The series.</summary>
    public required SeriesPanel Panel { get; init; }

    /// <summary>The file's name without its folder.</summary>
    public required string Source { get; init; }

    /// <summary>The model.</summary>
    public required GlobalForecastModel Model { get; init; }

    /// <summary>The forecasts.</summary>
    public required IReadOnlyList<SeriesForecast> Forecasts { get; init; }

    /// <summary>What training and the backtest found; null where a saved model was used.</summary>
    public GlobalForecastReport? Report { get; init; }

    /// <summary>The saved model that was used, or null.</summary>
    public string? ModelPath { get; init; }

    /// <summary>How long it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>The command that does the same again.</summary>
    public required string Command { get; init; }

    /// <summary>Where the files go.</summary>
    public required string Folder { get; init; }

    /// <summary>The forecasts' file.</summary>
    public string CsvPath => Path.Combine(Folder, "forecast.csv");

    /// <summary>The page's file.</summary>
    public string PagePath => Path.Combine(Folder, "report.html");

    /// <summary>The trained model's file, or null where a saved model was used.</summary>
    public string? SavedModelPath => Report is null ? null : Path.Combine(Folder, "forecast.keras");

    /// <summary>What a reader should know.</summary>
    public IReadOnlyList<string> Notes => Report?.Notes ?? Panel.Notes;

    /// <summary>The name of a method as programs read it.</summary>
    public static string NameOf(PanelErrors method, IReadOnlyList<PanelErrors> methods) => ReferenceEquals(method, methods[0]) ? "engram" : method.Name;

    /// <summary>A method's symmetric percentage error in percent, as the M4 competition states it.</summary>
    public static double Smape(PanelErrors method) => 200 * method.Smape;

    /// <summary>The best naive forecast of a backtest: the one with the least scaled error.</summary>
    public static PanelErrors BestNaive(IReadOnlyList<PanelErrors> methods) => methods.Skip(1).MinBy(method => double.IsNaN(method.ScaledMae) ? double.PositiveInfinity : method.ScaledMae)!;

    /// <summary>The errors against those of the best naive forecast in words.</summary>
    public static string Verdict(GlobalBacktest backtest)
    {
        PanelErrors engram = backtest.Engram, naive = BestNaive(backtest.Methods);
        double ratio = engram.ScaledMae / naive.ScaledMae;
        int better = backtest.Series.Count(one => one.Engram.Mae < BestNaive(one.Methods).Mae);
        string words = ratio < 0.98 ? FormattableString.Invariant($"Engram is better than the best naive forecast ({naive.Name}): its scaled absolute error is {100 * (1 - ratio):F0} % lower")
            : ratio <= 1.02 ? $"The best naive forecast ({naive.Name}) is as good as Engram; use the naive one"
            : FormattableString.Invariant($"The best naive forecast ({naive.Name}) is better than Engram: its scaled absolute error is {100 * (1 - (1 / ratio)):F0} % lower; use the naive one");
        return $"{words}. It has the lower error in {better} of {Words.Count(backtest.Series.Count, "series", "series")}, against the best naive forecast of each.";
    }

    /// <summary>The time of a step ahead for programs: its date, or its row counted from 1.</summary>
    public string Exact(int series, int step) => Forecasts[series].Forecast.Times is { } times
        ? times[step].ToString(times[0].TimeOfDay == TimeSpan.Zero && Panel.Frequency.Unit != FrequencyUnit.Second ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture)
        : (Panel.Series[series].Count + step + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
