using Engram.Charts;
using Engram.Charts.Reports;
using Engram.Cli.Series;
using Engram.Data;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts;

/// <summary>The forecast as a page.</summary>
internal static class ForecastPage
{
    // Earlier rows would press the test part and the forecast into a corner.
    private const int MostRowsBefore = 1500;

    /// <summary>Creates it.</summary>
    public static HtmlReport Create(ForecastRun run)
    {
        TimeSeries series = run.Input.Series;
        var page = new HtmlReport($"{series.Name}, the next {Ahead(run.Forecast.Horizon, Words.Step(series.Frequency))}")
        {
            Subtitle = $"{run.Input.Source} · {Words.Count(series.Count, "row")}, {(series.Times is null ? "without times" : series.Frequency.Name)}, {run.Timeline.Text(new RowRange(0, series.Count))}",
            Footer = $"engram {EngramTool.Version} · seed {run.Model.Seed} · {Words.Seconds(run.Seconds)}",
        };
        AddKeyFigures(page, run);
        if (run.Report is { } report)
        {
            Verdict verdict = report.Backtest.Verdict;
            page.AddNote(ForecastRun.Verdict(report.Backtest), verdict.Kind == VerdictKind.Worse ? NoteKind.Warning : NoteKind.Note);
        }
        else { page.AddNote($"Made with the saved model {Path.GetFileName(run.ModelPath)}. Nothing was trained or measured in this run."); }

        AddForecast(page, run);
        if (run.Report is { } trained)
        {
            AddBacktest(page, run, trained);
            AddTraining(page, trained);
        }

        AddReading(page, run);
        AddSettings(page, run);
        return page;
    }

    private static string Ahead(int steps, string step) => steps == 1 ? step : Words.Count(steps, step);

    private static void AddKeyFigures(HtmlReport page, ForecastRun run)
    {
        int last = run.Forecast.Horizon - 1;
        string Bounds(int step) => run.Forecast.Intervals.Count == 0 ? ""
            : $"{run.Value(run.Forecast.Intervals[0].Lower[step])} to {run.Value(run.Forecast.Intervals[0].Upper[step])} ({Words.Level(run.Forecast.Intervals[0].Level)}\u00A0%)";
        List<KeyFigure> figures = [new(run.Value(run.Forecast.Values[0]), $"forecast for {run.Timeline.Text(run.FirstAhead)}", Bounds(0))];
        if (last > 0) { figures.Add(new(run.Value(run.Forecast.Values[last]), $"forecast for {run.Timeline.Text(run.FirstAhead + last)}", Bounds(last))); }
        if (run.Report?.Backtest is { } backtest)
        {
            MethodErrors best = backtest.Methods.First(method => method.Name == backtest.Verdict.BestSimple);
            bool percent = double.IsFinite(backtest.Engram.Mape) && double.IsFinite(best.Mape);
            figures.Add(percent
                ? new(Words.Percent(Math.Round(ForecastRun.Mape(backtest.Engram), 1)), "mean error on the test rows", Words.Unbroken($"{best.Name}: {Words.Percent(Math.Round(ForecastRun.Mape(best), 1))}"))
                : new(Words.Number(backtest.Engram.Mae), "mean absolute error on the test rows", $"{best.Name}: {Words.Number(best.Mae)}"));
            if (backtest.Intervals.Count > 0)
            {
                BacktestInterval interval = backtest.Intervals[0];
                figures.Add(new(Words.Percent(Math.Round(interval.Coverage)), $"of the test values lay in the {Words.Level(interval.Level)} % interval", "measured, not assumed"));
            }
        }

        page.AddKeyFigures(figures);
    }

    private static void AddForecast(HtmlReport page, ForecastRun run)
    {
        TimeSeries series = run.Input.Series;
        Timeline timeline = run.Timeline;
        int first = Math.Max(0, series.Count - MostRowsBefore);
        List<Region> regions = [];
        if (run.Report?.Split is { } split)
        {
            if (split.Validation.Count > 1 && split.Validation.Start >= first) { regions.Add(timeline.Region(split.Validation, "validation", 0.05)); }
            if (split.Test.Count > 1 && split.Test.Start >= first) { regions.Add(timeline.Region(split.Test, "test", 0.11)); }
        }

        page.AddHeading("Forecast");
        page.AddChart(ForecastChart(run, first, $"{series.Name} and what comes next", regions),
            run.Report is null ? null : "The grey stretches chose the settings (validation) and measured the forecast (test); then everything was used for what comes next.", 380);
        int close = Math.Max(30, 4 * run.Forecast.Horizon);
        if (series.Count > 4 * close) { page.AddChart(ForecastChart(run, series.Count - close, $"The last {close} rows and what comes next", []), null, 300); }
        if (run.Forecast.Horizon <= 12) { page.AddTable(Values(run)); }
        else { page.AddDetails("All values of the forecast", details => details.AddTable(Values(run))); }
    }

    private static LineChart ForecastChart(ForecastRun run, int first, string title, IReadOnlyList<Region> regions)
    {
        (TimeSeries series, Timeline timeline) = (run.Input.Series, run.Timeline);
        int[] ahead = [.. Enumerable.Range(series.Count - 1, run.Forecast.Horizon + 1)];
        double now = series.Values[^1];
        return new LineChart
        {
            Title = title,
            XTitle = timeline.AxisTitle,
            Lines =
            [
                timeline.Line(series.Name, first, series.Values[first..], ChartColor.Ink),
                timeline.Line("forecast", ahead, [now, .. run.Forecast.Values], ChartColor.Blue),
            ],
            Bands = [.. run.Forecast.Intervals.Reverse().Select(interval =>
                timeline.Band($"{Words.Level(interval.Level)} % interval", ahead, [now, .. interval.Lower], [now, .. interval.Upper], ChartColor.Blue))],
            Regions = regions,
            Markers = [timeline.Marker(series.Count - 1, "last value")],
        };
    }

    private static ReportTable Values(ForecastRun run)
    {
        var table = new ReportTable("time", [ReportColumn.Number("value"), .. run.Forecast.Intervals.Select(interval => ReportColumn.Number($"{Words.Level(interval.Level)} % interval"))]);
        for (int step = 0; step < run.Forecast.Horizon; step++)
        {
            int at = step;
            table.AddRow(run.Timeline.Text(run.FirstAhead + step), [run.Value(run.Forecast.Values[step]),
                .. run.Forecast.Intervals.Select(interval => (ReportCell)$"{run.Value(interval.Lower[at])} to {run.Value(interval.Upper[at])}")]);
        }

        return table;
    }

    private static void AddBacktest(HtmlReport page, ForecastRun run, ForecastReport report)
    {
        Backtest backtest = report.Backtest;
        page.AddHeading("How good such forecasts have been");
        string values = backtest.Horizon == 1 ? "the next value" : $"the next {backtest.Horizon} values";
        string times = backtest.Origins.Count == 1 ? "once" : $"{NumberText.Decimals(backtest.Origins.Count, 0)} times, each time one row later";
        page.AddParagraph($"{Words.Count(report.Split.Test.Count, "row")} at the end ({run.Timeline.Text(report.Split.Test)}) were kept out of training. "
            + $"The model forecast {values} {times}, knowing only what came before, and so did simple methods.");
        var table = new ReportTable("method", ReportColumn.Number("MAE", best: BestValue.Lowest), ReportColumn.Number("RMSE", best: BestValue.Lowest),
            ReportColumn.Number("MAPE %", 2, BestValue.Lowest), ReportColumn.Number("sMAPE %", 2, BestValue.Lowest), ReportColumn.Number("MASE", 3, BestValue.Lowest))
        { Caption = $"Errors on the test rows, over all steps ahead; lower is better. MASE is the MAE over that of the {(run.Model.Season > 1 ? "seasonal " : "")}naive forecast within the training rows." };
        foreach (MethodErrors method in backtest.Methods) { table.AddRow(ForecastRun.NameOf(method, backtest), method.Mae, method.Rmse, ForecastRun.Mape(method), ForecastRun.Smape(method), method.Mase); }
        page.AddTable(table);
        page.AddChart(BacktestChart(run, report), BacktestCaption(backtest), 360);
        if (backtest.Horizon > 1)
        {
            ChartColor[] colors = [ChartColor.Blue, ChartColor.Gray, ChartColor.Vermilion, ChartColor.Green, ChartColor.Purple];
            page.AddChart(new LineChart
            {
                Title = "Error by step ahead",
                XTitle = "steps ahead",
                YTitle = $"mean absolute error, in units of {run.Input.Series.Name}",
                YMin = 0,
                Lines = [.. backtest.Methods.Select((method, i) => (method, i)).Reverse().Select(pair => new LineSeries(
                    ForecastRun.NameOf(pair.method, backtest), [.. Enumerable.Range(1, backtest.Horizon).Select(step => (double)step)], [.. pair.method.MaeByStep])
                    { Color = colors[pair.i % colors.Length] })],
            }, "Further ahead is harder. Where a simple method's line lies below engram's, the simple method was better at that distance.");
        }
    }

    private static string BacktestCaption(Backtest backtest)
    {
        string coverage = backtest.Intervals.Count == 0 ? "" : $" Over all forecasts {ForecastText.CoverageLine(backtest)}.";
        return (backtest.Horizon == 1 ? "Each value was forecast from the row before it." : "One forecast after another, each from where the one before ended.") + coverage;
    }

    /// <summary>Forecasts that do not overlap: each begins where the one before ended; the last may be cut off by the end of the series.</summary>
    private static LineChart BacktestChart(ForecastRun run, ForecastReport report)
    {
        Backtest backtest = report.Backtest;
        int before = Math.Min(report.Split.Test.Start, Math.Max(2 * backtest.Horizon, report.Split.Test.Count / 3));
        int first = report.Split.Test.Start - before;
        var rows = new List<int>();
        var values = new List<double>();
        var bounds = backtest.Intervals.Select(_ => (Low: new List<double>(), High: new List<double>())).ToArray();
        for (int row = 0; row < report.Split.Test.Count;)
        {
            int origin = Math.Min(row, backtest.Origins.Count - 1);
            int skipped = row - origin; // the last forecast is one that lies whole in the test part
            for (int step = skipped; step < backtest.Horizon; step++, row++)
            {
                if (step == skipped && row > 0 && backtest.Horizon > 1) { Add(backtest.Origins[origin] + step, null, step); }
                Add(backtest.Origins[origin] + step, origin, step);
            }
        }

        void Add(int row, int? origin, int step)
        {
            rows.Add(row);
            values.Add(origin is int from ? backtest.Forecasts[from, step] : double.NaN);
            for (int i = 0; i < bounds.Length; i++)
            {
                bounds[i].Low.Add(origin is int low ? backtest.Intervals[i].Lower[low, step] : double.NaN);
                bounds[i].High.Add(origin is int high ? backtest.Intervals[i].Upper[high, step] : double.NaN);
            }
        }

        int[] x = [.. rows];
        return new LineChart
        {
            Title = "Test rows and what had been forecast",
            XTitle = run.Timeline.AxisTitle,
            Lines =
            [
                run.Timeline.Line(run.Input.Series.Name, first, run.Input.Series.Values[first..], ChartColor.Ink),
                run.Timeline.Line("forecast", x, [.. values], ChartColor.Blue),
            ],
            Bands = [.. Enumerable.Range(0, bounds.Length).Reverse().Select(i =>
                run.Timeline.Band($"{Words.Level(backtest.Intervals[i].Level)} % interval", x, [.. bounds[i].Low], [.. bounds[i].High], ChartColor.Blue))],
            Markers = [run.Timeline.Marker(report.Split.Test.Start, "test begins")],
        };
    }

    private static void AddTraining(HtmlReport page, ForecastReport report)
    {
        ForecastTraining training = report.Training;
        page.AddHeading("Training");
        List<LineSeries> lines = [LineSeries.FromValues("training", [.. training.Loss])];
        if (training.ValidationLoss.Count > 0) { lines.Add(LineSeries.FromValues("validation", [.. training.ValidationLoss])); }
        page.AddChart(new LineChart
        {
            Title = "Loss by epoch",
            XTitle = "epoch",
            YTitle = report.Options.Head switch { ForecastHead.None => "mean absolute error, scaled", ForecastHead.Quantiles => "pinball loss, scaled", _ => "negative log likelihood" },
            Lines = lines,
        }, $"The mean over {Words.Count(report.Options.Networks, "network")}; {Words.Count(training.StepsPerNetwork, "batch", "batches")} each. When the validation loss rises while the training loss falls, the networks learn by heart.", 300);
        var table = new ReportTable("method", ReportColumn.Number("error on the validation rows", null, BestValue.Lowest))
        {
            Caption = $"The validation rows chose {report.Validation.Classical} and a weight of {NumberText.Decimals(report.Validation.NetworkWeight, 2)} for the networks: forecast = classical + weight × (networks - classical).",
        };
        foreach (ValidationError candidate in report.Validation.Candidates) { table.AddRow(candidate.Method, candidate.MeanAbsoluteError); }
        page.AddTable(table);
    }

    private static void AddReading(HtmlReport page, ForecastRun run)
    {
        page.AddHeading("What was read");
        page.AddParagraph(ForecastText.SeriesLine(run.Input.Series, run.Timeline) + ".");
        foreach (string note in run.Notes) { page.AddParagraph(note); }
        if (run.Report is not { } report) { return; }
        page.AddParagraph($"Split: {ForecastText.SplitLine(report.Split, run.Timeline)}.");
        page.AddParagraph($"Season: {ForecastText.SeasonLine(report.Season)}.");
    }

    private static void AddSettings(HtmlReport page, ForecastRun run)
    {
        ForecastModel model = run.Model;
        page.AddHeading("Settings");
        string windows = model.Windows.Min() == model.Windows.Max() ? $"{model.Windows.Max()} rows" : $"{model.Windows.Min()} to {model.Windows.Max()} rows";
        List<(string, string)> settings =
        [
            ("network", $"{ForecastText.CellName(model.Cell)}, {(model.Layers == 1 ? $"{model.Units} units" : $"{model.Layers} × {model.Units} units")}"),
            ("networks", $"{model.Windows.Count}"),
            ("look back", windows),
            ("season", model.Season == 1 ? "none" : $"{model.Season} rows"),
            ("scale", model.Log ? "logarithm" : "as it is"),
            ("classical part", model.Classical),
            ("weight of the networks", NumberText.Decimals(model.NetworkWeight, 2)),
            ("horizon", $"{run.Forecast.Horizon}"),
            ("intervals", model.Levels.Count == 0 ? "none" : Words.And([.. model.Levels.Select(level => $"{Words.Level(level)} %")])),
            ("head", ForecastText.HeadLine(model.Head)),
            ("seed", $"{model.Seed}"),
        ];
        if (run.Report is { } report) { settings.Add(("weights of a network", NumberText.Decimals(report.Training.Parameters, 0))); }
        page.AddSettings(settings);
        page.AddParagraph($"The same again: {run.Command}");
    }
}
