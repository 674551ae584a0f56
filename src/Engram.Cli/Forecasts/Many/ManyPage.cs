using Engram.Charts;
using Engram.Charts.Reports;
using Engram.Cli.Series;
using Engram.Data;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts.Many;

/// <summary>Forecasts of many series as a page: the errors of all, and charts of the worst and the best of them.</summary>
internal static class ManyPage
{
    private const int MostCharts = 6;
    private const int MostRows = 1000;

    /// <summary>Creates it.</summary>
    public static HtmlReport Create(ManyRun run)
    {
        int steps = run.Forecasts[0].Forecast.Horizon;
        var page = new HtmlReport($"{Words.Count(run.Panel.Series.Count, "series", "series")}, the next {Words.Count(steps, Words.Step(run.Panel.Frequency))}")
        {
            Subtitle = ManyText.SeriesLine(run),
            Footer = $"engram {EngramTool.Version} · seed {run.Model.Seed} · {Words.Seconds(run.Seconds)}",
        };
        int[] shown;
        if (run.Report is { } report)
        {
            page.AddNote(ManyRun.Verdict(report.Backtest), ManyRun.BestNaive(report.Backtest.Methods).ScaledMae < 0.98 * report.Backtest.Engram.ScaledMae ? NoteKind.Warning : NoteKind.Note);
            AddBacktest(page, report);
            string[] names = [.. ManyText.Extreme(report.Backtest, worst: true).Take(MostCharts / 2).Concat(ManyText.Extreme(report.Backtest, worst: false).Take(MostCharts / 2)).Select(one => one.Name).Distinct()];
            shown = names.Length > 0 ? [.. names.Select(name => IndexOf(run.Forecasts, name))] : [0];
        }
        else
        {
            page.AddNote($"Made with the saved model {Path.GetFileName(run.ModelPath)}. Nothing was trained or measured in this run.");
            shown = [.. Enumerable.Range(0, Math.Min(MostCharts, run.Forecasts.Count))];
        }

        page.AddHeading("Forecasts");
        page.AddParagraph($"{(run.Report is null ? "The first series" : "The series with the largest and those with the least errors")}; all {run.Forecasts.Count} are in {Path.GetFileName(run.CsvPath)}.");
        foreach (int series in shown) { page.AddChart(Chart(run, series), null, 260); }
        page.AddHeading("What was read");
        page.AddParagraph($"{ManyText.SeriesLine(run)}. Seasons: {ManyText.SeasonLine(run.Model)}.");
        foreach (string note in run.Notes) { page.AddParagraph(note); }
        page.AddHeading("Settings");
        page.AddParagraph($"{ManyText.MethodLine(run.Model)}.");
        page.AddParagraph($"The same again: {run.Command}");
        return page;
    }

    private static int IndexOf(IReadOnlyList<SeriesForecast> forecasts, string name)
    {
        int at = 0;
        while (forecasts[at].Name != name) { at++; }
        return at;
    }

    private static void AddBacktest(HtmlReport page, GlobalForecastReport report)
    {
        page.AddHeading("How good such forecasts have been");
        page.AddParagraph($"{ManyText.BacktestLine(report)}. {(report.Backtest.Coverage.Count == 0 ? "" : $"Of the values, {ManyText.CoverageLine(report.Backtest)}.")}");
        page.AddTable(Errors("method", report.Backtest.Methods.Select(method => (ManyRun.NameOf(method, report.Backtest.Methods), method)), BestValue.Lowest));
        page.AddDetails($"Each of the {report.Backtest.Series.Count} series", details => details.AddTable(Errors("series", report.Backtest.Series.Take(MostRows).Select(one => (one.Name, one.Engram)), null)));
        page.AddChart(new LineChart
        {
            Title = "Loss by epoch",
            XTitle = "epoch",
            YTitle = "in units of the windows' scales",
            Lines = [LineSeries.FromValues("training", [.. report.Loss])],
        }, $"The mean over {Words.Count(report.Options.Networks, "network")}; {Words.Count(report.Steps, "batch", "batches")} each.", 240);
    }

    private static ReportTable Errors(string title, IEnumerable<(string Name, PanelErrors Errors)> rows, BestValue? best)
    {
        ReportColumn Column(string name, int? decimals) => best is { } mark ? ReportColumn.Number(name, decimals, mark) : ReportColumn.Number(name, decimals);
        var table = new ReportTable(title, Column("MAE", null), Column("RMSE", null), Column("sMAPE %", 2), Column("MASE", 3), Column("scaled MAE", 3), Column("scaled MSE", 3))
        { Caption = "Errors on the test rows; lower is better. Scaled errors are those of the series standardised by its rows for training." };
        foreach ((string name, PanelErrors errors) in rows) { table.AddRow(name, errors.Mae, errors.Rmse, ManyRun.Smape(errors), errors.Mase, errors.ScaledMae, errors.ScaledMse); }
        return table;
    }

    // Where values are missing, the known ones around them are joined.
    private static LineChart Chart(ManyRun run, int number)
    {
        PanelSeries series = run.Panel.Series[number];
        Forecast forecast = run.Forecasts[number].Forecast;
        int first = Math.Max(0, series.Count - Math.Max(60, 6 * forecast.Horizon));
        var known = new List<int>();
        for (int row = first; row < series.Count; row++) { if (!double.IsNaN(series.Values[row])) { known.Add(row); } }
        bool dated = forecast.Times is not null;
        double X(int row) => row + 1;
        int[] ahead = [.. Enumerable.Range(series.Count - 1, forecast.Horizon + 1)];
        DateTime[] dates = dated ? [.. series.Times![first..], .. forecast.Times!] : [];
        LineSeries Line(string name, IReadOnlyList<int> rows, double[] values, ChartColor color) => dated
            ? new LineSeries(name, [.. rows.Select(row => dates[row - first])], values) { Color = color }
            : new LineSeries(name, [.. rows.Select(X)], values) { Color = color };
        BandSeries Band(PredictionInterval interval)
        {
            string name = $"{Words.Level(interval.Level)} % interval";
            double[] lower = [series.Values[^1], .. interval.Lower], upper = [series.Values[^1], .. interval.Upper];
            return dated ? new BandSeries(name, [.. ahead.Select(row => dates[row - first])], lower, upper) { Color = ChartColor.Blue } : new BandSeries(name, [.. ahead.Select(X)], lower, upper) { Color = ChartColor.Blue };
        }

        return new LineChart
        {
            Title = run.Forecasts[number].Name.Length > 0 ? run.Forecasts[number].Name : "The series",
            Lines = [Line("values", known, [.. known.Select(row => series.Values[row])], ChartColor.Ink), Line("forecast", ahead, [series.Values[^1], .. forecast.Values], ChartColor.Blue)],
            Bands = [.. forecast.Intervals.Reverse().Select(Band)],
        };
    }
}
