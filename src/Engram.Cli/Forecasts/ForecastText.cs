using Engram.Charts;
using Engram.Cli.Series;
using Engram.Data;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts;

/// <summary>The forecast as text.</summary>
internal static class ForecastText
{
    /// <summary>Writes it.</summary>
    public static void Write(ToolConsole console, ForecastRun run)
    {
        TextWriter output = console.Output;
        if (run.Input.Path is null)
        {
            output.WriteLine("No file was given, so this is the forecast of a series that comes with engram: airline passengers in thousands.");
            output.WriteLine();
        }

        output.WriteLine($"Series    {SeriesLine(run.Input.Series, run.Timeline)}");
        foreach (string note in run.Notes) { output.WriteLine($"          {note}"); }
        if (run.Report is { } report)
        {
            output.WriteLine($"Split     {SplitLine(report.Split, run.Timeline)}");
            output.WriteLine($"Season    {SeasonLine(report.Season)}");
            output.WriteLine($"Method    {MethodLine(report)}");
            if (report.Options.Head != ForecastHead.None) { output.WriteLine($"Head      {HeadLine(report.Options.Head)}"); }
            WriteBacktest(console, report.Backtest);
        }
        else { output.WriteLine($"Model     {run.ModelPath}, trained on '{run.Model.SeriesName}'; nothing was trained or measured now"); }

        output.WriteLine();
        output.WriteLine($"Forecast of {run.Input.Series.Name}");
        WriteForecast(console, run);
        output.WriteLine();
        output.WriteLine($"Forecast  {run.CsvPath}");
        output.WriteLine($"Report    {run.PagePath}");
        if (run.SavedModelPath is { } model) { output.WriteLine($"Model     {model}"); }
        output.WriteLine($"Seed {run.Model.Seed}, {Words.Seconds(run.Seconds)}.");
    }

    /// <summary>A series in a line.</summary>
    public static string SeriesLine(TimeSeries series, Timeline timeline)
    {
        string frequency = series.Times is null ? "without times" : series.Frequency.Name;
        string gaps = series.FilledValues == 0 ? "no gaps" : $"{Words.Count(series.FilledValues, "missing value")} filled in";
        return $"{series.Name}: {Words.Count(series.Count, "row")}, {frequency}, {timeline.Text(new RowRange(0, series.Count))}, {gaps}";
    }

    /// <summary>A split in a line.</summary>
    public static string SplitLine(Split split, Timeline timeline)
    {
        string Part(string name, RowRange rows) => $"{name} {timeline.Text(rows)} ({NumberText.Decimals(rows.Count, 0)})";
        return string.Join(", ", Part("train", split.Train), Part("validation", split.Validation), Part("test", split.Test));
    }

    /// <summary>What the season is and why.</summary>
    public static string SeasonLine(SeasonChoice season)
    {
        if (season.IsGiven) { return season.Length == 1 ? "none, as asked" : $"{season.Length} rows, as asked"; }
        SeasonCandidate? found = season.Candidates.FirstOrDefault(candidate => candidate.Length == season.Length);
        string threshold = NumberText.Decimals(season.Threshold, 1);
        if (found is not null) { return $"{season.Length} rows: the changes correlate by {NumberText.Decimals(found.Score ?? double.NaN, 2)} with those a season before (a season needs {threshold})"; }
        string tried = string.Join(", ", season.Candidates.Select(candidate => $"{candidate.Length} rows: {(candidate.Score is { } score ? NumberText.Decimals(score, 2) : "too few rows")}"));
        return tried.Length == 0 ? "none: nothing in the times suggests one" : $"none found ({tried}; a season needs {threshold})";
    }

    /// <summary>How the forecast is made, in a line.</summary>
    public static string MethodLine(ForecastReport report)
    {
        ForecastOptions options = report.Options;
        (int shortest, int longest) = (report.Windows.Min(), report.Windows.Max());
        string windows = shortest == longest ? $"{longest} rows" : $"{shortest} to {longest} rows";
        return $"{Words.Count(options.Networks, "network")} of {NumberText.Decimals(report.Training.Parameters, 0)} weights ({CellName(options.Cell)}, {Layers(options)}) that look back {windows}"
            + $"{(report.Log ? ", on the logarithm" : "")}; the forecast is {report.Validation.Classical} + {NumberText.Decimals(report.Validation.NetworkWeight, 2)} × (networks - {report.Validation.Classical})";
    }

    /// <summary>The name of a kind of layer.</summary>
    public static string CellName(RecurrentKind kind) => kind switch { RecurrentKind.Lstm => "LSTM", RecurrentKind.Gru => "GRU", _ => "simple RNN" };

    /// <summary>The name of a head, as the option has it.</summary>
    public static string HeadName(ForecastHead head) => head switch
    {
        ForecastHead.Gaussian => "gaussian",
        ForecastHead.StudentT => "student-t",
        ForecastHead.NegativeBinomial => "negative-binomial",
        ForecastHead.Mixture => "mixture",
        ForecastHead.Quantiles => "quantiles",
        _ => "none",
    };

    /// <summary>Where forecast and intervals come from, in a line.</summary>
    public static string HeadLine(ForecastHead head) => head == ForecastHead.None
        ? "none: the networks predict numbers, and the intervals are conformal"
        : $"{HeadName(head)}: the networks predict distributions; their medians are in the forecast, and their quantiles, as far from it as from the medians, bound the intervals";

    /// <summary>The layers in words.</summary>
    public static string Layers(ForecastOptions options) => options.Layers == 1 ? $"{options.Units} units" : $"{options.Layers} layers of {options.Units} units";

    /// <summary>How often the intervals held the values.</summary>
    public static string CoverageLine(Backtest backtest) =>
        $"{Words.And([.. backtest.Intervals.Select(interval => $"the {Words.Level(interval.Level)} % interval held {Words.Percent(interval.Coverage)}")])} of the values";

    private static void WriteBacktest(ToolConsole console, Backtest backtest)
    {
        console.Output.WriteLine();
        console.Output.WriteLine($"Backtest: forecasts from {Words.Count(backtest.Origins.Count, "row")} of the test part, {(backtest.Horizon == 1 ? "1 step" : $"1 to {backtest.Horizon} steps")} ahead");
        var table = new TextTable("", "MAE", "RMSE", "MAPE %", "sMAPE %", "MASE");
        double least = backtest.Methods.Min(method => method.Mae);
        foreach (MethodErrors method in backtest.Methods)
        {
            table.Add(method.Mae == least, ForecastRun.NameOf(method, backtest), Words.Number(method.Mae), Words.Number(method.Rmse),
                NumberText.Decimals(ForecastRun.Mape(method), 2), NumberText.Decimals(ForecastRun.Smape(method), 2), NumberText.Decimals(method.Mase, 3));
        }

        table.WriteTo(console);
        console.Output.WriteLine(ForecastRun.Verdict(backtest));
        if (backtest.Intervals.Count > 0)
        {
            string line = CoverageLine(backtest);
            console.Output.WriteLine($"{char.ToUpperInvariant(line[0])}{line[1..]}.");
        }
    }

    private static void WriteForecast(ToolConsole console, ForecastRun run)
    {
        Func<double, string> value = run.Value;
        const int Most = 24;
        var table = new TextTable(["time", "value", .. run.Forecast.Intervals.Select(interval => $"{Words.Level(interval.Level)} % interval")]);
        int shown = run.Forecast.Horizon <= Most ? run.Forecast.Horizon : Most;
        for (int step = 0; step < shown; step++)
        {
            table.Add(false, [run.Timeline.Text(run.FirstAhead + step), value(run.Forecast.Values[step]),
                .. run.Forecast.Intervals.Select(interval => $"{value(interval.Lower[step])} to {value(interval.Upper[step])}")]);
        }

        table.WriteTo(console);
        if (shown < run.Forecast.Horizon) { console.Output.WriteLine($"  ... and {run.Forecast.Horizon - shown} more in the file."); }
    }
}
