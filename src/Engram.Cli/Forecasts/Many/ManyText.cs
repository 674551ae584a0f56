using Engram.Charts;
using Engram.Cli.Series;
using Engram.Data;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts.Many;

/// <summary>Forecasts of many series as text.</summary>
internal static class ManyText
{
    private const int Extremes = 5;

    /// <summary>Writes it.</summary>
    public static void Write(ToolConsole console, ManyRun run)
    {
        TextWriter output = console.Output;
        output.WriteLine($"Series    {SeriesLine(run)}");
        foreach (string note in run.Notes) { output.WriteLine($"          {note}"); }
        output.WriteLine($"Season    {SeasonLine(run.Model)}");
        output.WriteLine($"Method    {MethodLine(run.Model)}");
        if (run.Report is { } report)
        {
            output.WriteLine($"Training  {Words.Count(report.TrainingWindows, "window")}, {Words.Count(report.Steps, "batch", "batches")} of {report.Options.BatchSize} each; loss {Words.Number(report.Loss[0])} at first, {Words.Number(report.Loss[^1])} at last");
            WriteBacktest(console, report.Backtest);
        }
        else { output.WriteLine($"Model     {run.ModelPath}; nothing was trained or measured now"); }

        output.WriteLine();
        output.WriteLine($"Forecast  {run.CsvPath}, {Words.Count(run.Forecasts.Count, "series", "series")}, {Words.Count(run.Forecasts[0].Forecast.Horizon, "step")} each");
        output.WriteLine($"Report    {run.PagePath}");
        if (run.SavedModelPath is { } model) { output.WriteLine($"Model     {model}"); }
        output.WriteLine($"Seed {run.Model.Seed}, {Words.Seconds(run.Seconds)}.");
    }

    /// <summary>The series in a line.</summary>
    public static string SeriesLine(ManyRun run)
    {
        IReadOnlyList<PanelSeries> series = run.Panel.Series;
        (int shortest, int longest) = (series.Min(one => one.Count), series.Max(one => one.Count));
        string rows = shortest == longest ? Words.Count(longest, "row") : $"{NumberText.Decimals(shortest, 0)} to {Words.Count(longest, "row")}";
        return $"{run.Source}: {Words.Count(series.Count, "series", "series")} of {rows}, {(series[0].Times is null ? "without times" : run.Panel.Frequency.Name)}";
    }

    /// <summary>The seasons in a line.</summary>
    public static string SeasonLine(GlobalForecastModel model) => model.Seasons.Count == 0 ? "none" : $"{Words.And([.. model.Seasons.Select(season => $"{season}")])} rows";

    /// <summary>How the forecast is made, in a line.</summary>
    public static string MethodLine(GlobalForecastModel model)
    {
        string layers = model.Layers == 1 ? $"{model.Units} units" : $"{model.Layers} layers of {model.Units} units";
        return $"{Words.Count(model.Networks, "network")} of {NumberText.Decimals(model.Parameters, 0)} weights ({ForecastText.CellName(model.Cell)}, {layers}), one for all series; they read the last {Words.Count(model.Window, "row")} "
            + $"in steps of {model.Patch}, divided by their {(model.Scaling == WindowScaling.Mean ? "mean" : "spread")}; output {OutputName(model.Output)}, head {ForecastText.HeadName(model.Head)}";
    }

    /// <summary>The name of an output, as the option has it.</summary>
    public static string OutputName(ForecastOutput output) => output switch { ForecastOutput.Direct => "direct", ForecastOutput.Recursive => "recursive", _ => "decoder" };

    /// <summary>The backtest in a line.</summary>
    public static string BacktestLine(GlobalForecastReport report)
    {
        GlobalBacktest backtest = report.Backtest;
        string origins = backtest.Origins == 1 ? "from 1 row of each" : $"from {Words.Count(backtest.Origins, "row")} of each, {(backtest.Stride == 1 ? "one after the other" : $"{backtest.Stride} apart")}";
        return $"{Words.Count(backtest.Series.Count, "series", "series")}, forecasts {origins}, {(report.Options.Refit ? "trained anew for each" : "trained once on the rows before")}; the means over the series";
    }

    /// <summary>How often the intervals held the values.</summary>
    public static string CoverageLine(GlobalBacktest backtest) =>
        $"{Words.And([.. backtest.Coverage.Select(interval => $"the {Words.Level(interval.Level)} % interval held {Words.Percent(interval.Coverage)}")])}";

    /// <summary>The series with the largest or the least scaled error.</summary>
    public static IEnumerable<SeriesBacktest> Extreme(GlobalBacktest backtest, bool worst)
    {
        IEnumerable<SeriesBacktest> ordered = backtest.Series.Where(one => double.IsFinite(one.Engram.Mase)).OrderBy(one => worst ? -one.Engram.Mase : one.Engram.Mase);
        return ordered.Take(Math.Min(Extremes, backtest.Series.Count / 2));
    }

    private static void WriteBacktest(ToolConsole console, GlobalBacktest backtest)
    {
        TextWriter output = console.Output;
        output.WriteLine();
        string origins = backtest.Origins == 1 ? "1 row" : $"{Words.Count(backtest.Origins, "row")}, {Words.Count(backtest.Stride, "row")} apart,";
        output.WriteLine($"Backtest: forecasts from {origins} of {Words.Count(backtest.Series.Count, "series", "series")}; the means over the series");
        var table = new TextTable("", "MAE", "RMSE", "sMAPE %", "MASE", "scaled MAE", "scaled MSE");
        double least = backtest.Methods.Min(method => method.ScaledMae);
        foreach (PanelErrors method in backtest.Methods) { Add(table, method.ScaledMae == least, ManyRun.NameOf(method, backtest.Methods), method); }
        table.WriteTo(console);
        output.WriteLine(ManyRun.Verdict(backtest));
        if (backtest.Coverage.Count > 0) { output.WriteLine($"Of the values, {CoverageLine(backtest)}."); }
        foreach (bool worst in (bool[])[true, false])
        {
            SeriesBacktest[] some = [.. Extreme(backtest, worst)];
            if (some.Length == 0) { continue; }
            output.WriteLine();
            output.WriteLine(worst ? "Worst series, by MASE" : "Best series, by MASE");
            var names = new TextTable("", "MAE", "sMAPE %", "MASE", "best naive", "its MASE");
            foreach (SeriesBacktest one in some)
            {
                PanelErrors naive = ManyRun.BestNaive(one.Methods);
                names.Add(false, one.Name, Words.Number(one.Engram.Mae), NumberText.Decimals(ManyRun.Smape(one.Engram), 2), NumberText.Decimals(one.Engram.Mase, 3), naive.Name, NumberText.Decimals(naive.Mase, 3));
            }

            names.WriteTo(console);
        }
    }

    private static void Add(TextTable table, bool emphasis, string name, PanelErrors errors) => table.Add(
        emphasis, name, Words.Number(errors.Mae), Words.Number(errors.Rmse), NumberText.Decimals(ManyRun.Smape(errors), 2), NumberText.Decimals(errors.Mase, 3),
        NumberText.Decimals(errors.ScaledMae, 3), NumberText.Decimals(errors.ScaledMse, 3));
}
