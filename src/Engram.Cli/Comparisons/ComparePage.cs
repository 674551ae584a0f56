using Engram.Charts;
using Engram.Charts.Reports;
using Engram.Cli.Forecasts;
using Engram.Cli.Series;
using Engram.Inspection;

namespace Engram.Cli.Comparisons;

/// <summary>The comparison as a page.</summary>
internal static class ComparePage
{
    // Norms below this are rounding noise and would stretch the axis to nothing.
    private const double Faintest = 1e-12;

    private static readonly ChartColor[] Colors = [ChartColor.Vermilion, ChartColor.Green, ChartColor.Blue];

    /// <summary>Creates it.</summary>
    public static HtmlReport Create(CompareRun run)
    {
        Comparison comparison = run.Comparison;
        string name = run.Input.Series.Name;
        var page = new HtmlReport($"Simple RNN, GRU and LSTM on {name}")
        {
            Subtitle = $"{run.Input.Source} · {ForecastText.SeriesLine(run.Input.Series, run.Timeline)[(name.Length + 2)..]}",
            Footer = $"engram {EngramTool.Version} · seed {comparison.Options.Seed} · {Words.Seconds(run.Seconds)}",
        };
        int back = GradientWords.StepsBack(comparison);
        page.AddKeyFigures([.. comparison.Contestants.Select(contestant => new KeyFigure(
            GradientWords.Share(Contestant.Left(contestant.Trained, back)),
            $"of the gradient is left {back} steps back in the {contestant.Name}",
            Words.Unbroken($"before training {GradientWords.Share(Contestant.Left(contestant.Untrained, back))}")))]);
        page.AddNote(comparison.Verdict, comparison.IsBetter ? NoteKind.Note : NoteKind.Warning);

        page.AddHeading("The vanishing gradient");
        page.AddChart(GradientChart(comparison, contestant => contestant.Trained, "What of the gradient arrives, after training"),
            "The norm of dLoss/dh at each step back in time, mean over windows; dashed, the LSTM's cell state: dLoss/dc with h held.", 360);
        page.AddChart(GradientChart(comparison, contestant => contestant.Untrained, "The same before training"), null, 360);
        page.AddParagraph(GradientWords.Paragraph(comparison));
        page.AddParagraph(GradientWords.Beginnings(comparison));
        page.AddChart(GradientNormChart(comparison), "What arrives at the weights of the recurrent layer, all steps together: the norm of their gradient, mean over the batches of an epoch.", 300);

        page.AddHeading("What they learnt");
        page.AddParagraph($"Each forecasts the next change of the series from the {comparison.Options.Window} changes before it; the value before plus that change is its forecast. The three have about the same number of weights, the same windows, "
            + "the same order of batches and the same optimizer (Adam, 0.001); each keeps the weights of the epoch with the least validation loss.");
        page.AddTable(Table(comparison));
        page.AddChart(LossChart(comparison), "Mean squared error of the scaled changes, where always expecting the mean change has about 1: solid on the training windows, dotted on the validation windows.", 360);
        page.AddChart(ForecastChart(run), null, 360);

        page.AddHeading("What was read");
        page.AddParagraph($"{ForecastText.SeriesLine(run.Input.Series, run.Timeline)}.");
        foreach (string note in run.Input.Series.Notes) { page.AddParagraph(note); }
        page.AddParagraph($"Split: {ForecastText.SplitLine(comparison.Split, run.Timeline)}. The scaler knows the training rows alone.");
        page.AddSettings(
            ("window", $"{comparison.Options.Window} rows"), ("epochs", $"{comparison.Options.Epochs}"), ("batch", "32 windows"),
            ("scaler of the changes", "mean 0, deviation 1"), ("loss", "mean squared error"), ("seed", $"{comparison.Options.Seed}"));
        page.AddParagraph($"The same again: {run.Command}");
        return page;
    }

    private static LineChart GradientChart(Comparison comparison, Func<Contestant, GradientFlow> flow, string title)
    {
        // Both pictures on one scale, whole decades.
        double[] norms = [.. comparison.Contestants.SelectMany(contestant => ((GradientFlow[])[contestant.Untrained, contestant.Trained])
            .SelectMany(each => each.Hidden.Concat(each.Cell))).Where(norm => norm > Faintest)];
        double low = norms.Length == 0 ? Faintest : Math.Pow(10, Math.Floor(Math.Log10(norms.Min())));
        double high = norms.Length == 0 ? 1 : Math.Pow(10, Math.Ceiling(Math.Log10(norms.Max())));
        var lines = new List<LineSeries>();
        for (int i = 0; i < comparison.Contestants.Count; i++)
        {
            Contestant contestant = comparison.Contestants[i];
            if (flow(contestant).Cell.Count > 0)
            {
                lines.Add(new LineSeries($"{contestant.Name}, cell state", Back(flow(contestant).Cell.Count), StepsBack(flow(contestant).Cell)) { Color = Colors[i], Dash = LineDash.Dashed });
            }

            lines.Add(new LineSeries(contestant.Name, Back(flow(contestant).Hidden.Count), StepsBack(flow(contestant).Hidden)) { Color = Colors[i] });
        }

        return new LineChart { Title = title, XTitle = "steps back in time", YTitle = "norm of the gradient", YScale = AxisScale.Logarithmic, YMin = low, YMax = high, Lines = lines };
    }

    private static double[] Back(int count) => [.. Enumerable.Range(0, count).Select(step => (double)step)];

    private static double[] StepsBack(IReadOnlyList<double> byTime) => [.. byTime.Reverse().Select(norm => norm > Faintest ? norm : double.NaN)];

    private static LineChart GradientNormChart(Comparison comparison) => new()
    {
        Title = "Gradient of the recurrent weights by epoch",
        XTitle = "epoch",
        YTitle = "norm of the gradient",
        YScale = AxisScale.Logarithmic,
        Lines = [.. comparison.Contestants.Select((contestant, i) => new LineSeries(
            contestant.Name, [.. Enumerable.Range(1, contestant.GradientNorm.Length).Select(epoch => (double)epoch)],
            [.. contestant.GradientNorm.Select(norm => norm > Faintest ? norm : double.NaN)]) { Color = Colors[i] })],
    };

    private static LineChart LossChart(Comparison comparison)
    {
        var lines = new List<LineSeries>();
        for (int i = 0; i < comparison.Contestants.Count; i++)
        {
            Contestant contestant = comparison.Contestants[i];
            double[] epochs = [.. Enumerable.Range(1, contestant.Loss.Length).Select(epoch => (double)epoch)];
            lines.Add(new LineSeries(contestant.Name, epochs, contestant.Loss) { Color = Colors[i] });
            lines.Add(new LineSeries($"{contestant.Name}, validation", epochs, contestant.ValidationLoss) { Color = Colors[i], Dash = LineDash.Dotted });
        }

        return new LineChart { Title = "Loss by epoch", XTitle = "epoch", YTitle = "mean squared error, scaled", YScale = AxisScale.Logarithmic, Lines = lines };
    }

    private static LineChart ForecastChart(CompareRun run)
    {
        Comparison comparison = run.Comparison;
        int first = comparison.Split.Test.Start;
        return new LineChart
        {
            Title = "The test rows, each forecast from the rows before it",
            XTitle = run.Timeline.AxisTitle,
            Lines =
            [
                run.Timeline.Line(run.Input.Series.Name, first, comparison.Actual, ChartColor.Ink),
                .. comparison.Contestants.Select((contestant, i) => run.Timeline.Line(contestant.Name, first, contestant.Forecast, Colors[i])),
            ],
        };
    }

    private static ReportTable Table(Comparison comparison)
    {
        var table = new ReportTable("network", ReportColumn.Number("units", 0), ReportColumn.Number("weights", 0), ReportColumn.Number("training", best: BestValue.Lowest),
            ReportColumn.Number("validation", best: BestValue.Lowest), ReportColumn.Number("test RMSE", best: BestValue.Lowest), ReportColumn.Number("of naive", 2, BestValue.Lowest),
            ReportColumn.Number("ms/epoch", 1, BestValue.Lowest))
        { Caption = "Losses are mean squared errors of the scaled changes at the epoch whose weights were kept; \"of naive\" is the test RMSE over that of repeating the value before." };
        foreach (Contestant contestant in comparison.Contestants)
        {
            table.AddRow(contestant.Name, contestant.Units, contestant.Parameters, contestant.Loss[contestant.BestEpoch], contestant.ValidationLoss[contestant.BestEpoch],
                contestant.Rmse, contestant.Rmse / comparison.NaiveRmse, 1000 * contestant.SecondsPerEpoch);
        }

        table.AddRow("naive", "", "", "", "", comparison.NaiveRmse, 1, "");
        return table;
    }
}
