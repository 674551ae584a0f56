using Engram.Charts;
using Engram.Charts.Reports;
using Engram.Classification;
using Engram.Cli.Series;
using Engram.Evaluation;

namespace Engram.Cli.Classify;

/// <summary>A training run as a page.</summary>
internal static class ClassifyPage
{
    private const int MostMistakes = 12;

    /// <summary>Creates it.</summary>
    public static HtmlReport Create(ClassifyRun run)
    {
        ClassifierEvaluation evaluation = run.Evaluation;
        var page = new HtmlReport($"Which of {run.Classifier.Classes.Count} classes")
        {
            Subtitle = $"{run.Data.Source} · {Words.Count(run.Data.Count, run.Data.Noun[..^1])}",
            Footer = $"engram {EngramTool.Version} · seed {run.Options.Seed} · {Words.Seconds(run.Seconds)}",
        };
        page.AddKeyFigures(
            new(Words.Unbroken(ClassifyRun.Percent(evaluation.Accuracy)), $"of the {run.PartName} {run.Data.Noun} are answered rightly", Words.Unbroken($"{ClassifyRun.Percent(evaluation.AccuracyInterval.Low)} to {ClassifyRun.Percent(evaluation.AccuracyInterval.High)} with 95 % confidence")),
            new(Words.Unbroken(ClassifyRun.Percent(evaluation.MajorityAccuracy)), "by always answering the most frequent class", evaluation.MajorityClass),
            new(ClassifyRun.Error(evaluation.Calibration.ExpectedError), "expected calibration error", $"{ClassifyRun.Error(evaluation.Uncalibrated.ExpectedError)} before calibration"));
        page.AddNote(run.Verdict(), evaluation.Verdict == ClassifierVerdict.Better ? NoteKind.Note : NoteKind.Warning);
        if (run.Test is null) { page.AddNote("No samples were kept for a test. These figures are those of the validation part, which also chose the epochs and the temperature, and so flatter somewhat. Give --test a file of other samples."); }
        AddClasses(page, run);
        AddCalibration(page, run);
        AddMistakes(page, run);
        AddTraining(page, run);
        page.AddHeading("What was read");
        page.AddParagraph(ClassifyText.DataLine(run) + ".");
        foreach (string note in run.Training.Notes) { page.AddParagraph(note); }
        page.AddHeading("Settings");
        page.AddSettings(
            ("networks", $"{run.Options.Networks}"), ("cell", ClassifyText.CellName(run.Options.Cell)), ("units", $"{run.Options.Units} in each direction"),
            ("weights of a network", NumberText.Decimals(run.Training.Parameters, 0)), ("temperature", NumberText.Significant(run.Classifier.Temperature, 4)),
            ("validation share", ClassifyRun.Percent(run.Options.ValidationShare)), ("seed", $"{run.Options.Seed}"));
        page.AddParagraph($"The same again: {run.Command}");
        return page;
    }

    private static void AddClasses(HtmlReport page, ClassifyRun run)
    {
        ClassifierEvaluation evaluation = run.Evaluation;
        IReadOnlyList<string> classes = evaluation.Classes;
        page.AddHeading("Which classes are told apart");
        var table = new ReportTable("class", ReportColumn.Number("precision", 3), ReportColumn.Number("recall", 3), ReportColumn.Number("F1", 3), ReportColumn.Number("samples", 0))
        { Caption = "Precision: of the answers that name the class, the share that is right. Recall: of the samples of the class, the share that is found. F1: their harmonic mean." };
        for (int k = 0; k < classes.Count; k++) { table.AddRow(classes[k], evaluation.Confusion.Precision(k), evaluation.Confusion.Recall(k), evaluation.Confusion.F1(k), evaluation.Confusion.Support(k)); }
        page.AddTable(table);
        var shares = new double[classes.Count, classes.Count];
        for (int k = 0; k < classes.Count; k++)
        {
            for (int j = 0; j < classes.Count; j++) { shares[k, j] = evaluation.Confusion.Support(k) == 0 ? double.NaN : 100.0 * evaluation.Confusion[k, j] / evaluation.Confusion.Support(k); }
        }

        page.AddChart(new HeatMap(shares)
        {
            Title = "Confusion matrix, % of each class",
            RowLabels = classes,
            ColumnLabels = classes,
            XTitle = "answer",
            YTitle = "class",
            Low = 0,
            High = 100,
        }, "Each row is a class, each column an answer. A good classifier has 100 along the diagonal and 0 elsewhere.", Math.Clamp(150 + (28 * classes.Count), 230, 700));
    }

    private static void AddCalibration(HtmlReport page, ClassifyRun run)
    {
        ClassifierEvaluation evaluation = run.Evaluation;
        page.AddHeading("How sure the answers may be");
        page.AddParagraph(ClassifyText.CalibrationLine(run) + " Of the answers given with a confidence of 80 %, about 80 % should be right.");
        LineSeries Points(string name, CalibrationBins bins, ChartColor color)
        {
            int[] there = [.. Enumerable.Range(0, bins.Counts.Count).Where(bin => bins.Counts[bin] > 0)];
            return new LineSeries(name, [.. there.Select(bin => 100 * bins.Confidence[bin])], [.. there.Select(bin => 100 * bins.Accuracy[bin])]) { Color = color, ShowPoints = true };
        }

        double least = Math.Floor(1000.0 / evaluation.Classes.Count) / 10;
        page.AddChart(new LineChart
        {
            Title = "Confidence and truth",
            XTitle = "confidence, %",
            YTitle = "right answers, %",
            YMin = 0,
            YMax = 100,
            Lines =
            [
                new LineSeries("as it should be", [least, 100], [least, 100]) { Color = ChartColor.Gray, Dash = LineDash.Dashed },
                Points("before calibration", evaluation.Uncalibrated, ChartColor.Vermilion),
                Points("calibrated", evaluation.Calibration, ChartColor.Blue),
            ],
        }, $"The {run.PartName} {run.Data.Noun}, sorted into ten bins by confidence. Bins of few samples scatter.", 320);
    }

    private static void AddMistakes(HtmlReport page, ClassifyRun run)
    {
        ClassifierEvaluation evaluation = run.Evaluation;
        int[] mistakes = [.. run.SurestMistakes().Take(MostMistakes)];
        page.AddHeading("The surest mistakes");
        if (mistakes.Length == 0)
        {
            page.AddParagraph($"There is none: all {run.PartName} {run.Data.Noun} are answered rightly.");
            return;
        }

        page.AddParagraph("Look here first: some of these labels may be wrong, and some show what the classifier does not understand.");
        var table = new ReportTable(run.Data.Noun[..^1], ReportColumn.Text("class"), ReportColumn.Text("answer"), ReportColumn.Number("confidence, %", 1));
        foreach (int i in mistakes) { table.AddRow(run.Describe(i), evaluation.Classes[evaluation.Targets[i]], evaluation.Classes[evaluation.Predicted[i]], 100 * evaluation.Confidence[i]); }
        page.AddTable(table);
    }

    private static void AddTraining(HtmlReport page, ClassifyRun run)
    {
        ClassifierTraining training = run.Training;
        page.AddHeading("Training");
        page.AddParagraph($"{ClassifyText.NetworkLine(run)}.");
        if (ClassifyText.EvidenceLine(run) is { } evidence) { page.AddParagraph($"{char.ToUpperInvariant(evidence[0])}{evidence[1..]}."); }
        page.AddChart(new LineChart
        {
            Title = "Loss by epoch",
            XTitle = "epoch",
            YTitle = "cross-entropy",
            Lines = [LineSeries.FromValues("training", [.. training.Loss]), LineSeries.FromValues("validation", [.. training.ValidationLoss])],
        }, "The mean over the networks. The training loss is measured with dropout. When the validation loss rises while the training loss falls, the networks learn by heart; each keeps the weights of its best epoch.", 300);
        page.AddChart(new LineChart
        {
            Title = "Right answers by epoch",
            XTitle = "epoch",
            YTitle = "% of the validation part",
            Lines = [LineSeries.FromValues("a network, on average", [.. training.ValidationAccuracy.Select(share => 100 * share)])],
        }, "One network alone. Together they are right more often.", 260);
    }
}
