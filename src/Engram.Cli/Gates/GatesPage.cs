using Engram.Charts;
using Engram.Charts.Gates;
using Engram.Charts.Reports;
using Engram.Cli.Series;
using Engram.Inspection;

namespace Engram.Cli.Gates;

/// <summary>The gates as a page and as a picture.</summary>
internal static class GatesPage
{
    private const int MostBars = 40;

    /// <summary>The page.</summary>
    /// <param name="run">What it shows.</param>
    /// <param name="layers">The maps.</param>
    /// <param name="isDefault">Whether it is the textbook's sentence and the built-in model, whose other sentences may stand beside it.</param>
    public static HtmlReport Create(GatesRun run, IReadOnlyList<GateLayer> layers, bool isDefault)
    {
        GateReport report = run.Report;
        var page = new HtmlReport(report.Tokens.Count > 0 ? "What the gates do to a sentence" : "What the gates do to a sequence")
        {
            Subtitle = $"{(report.Tokens.Count > 0 ? Sentence(run) + " · " : "")}{run.Model.Name} · {Words.Count(report.Steps.Count, "step")}, {Words.And([.. report.Trace.Layers.Select(layer => $"{layer.Name} with {Words.Count(layer.Units, "unit")}")])}",
            Footer = $"engram {EngramTool.Version}",
        };
        AddKeyFigures(page, run);
        if (run.Model.IsBuiltIn) { page.AddNote(GatesModel.BuiltInWords); }
        if (report.Unknown.Count > 0) { page.AddNote(UnknownWords(report), NoteKind.Warning); }
        page.AddGates(new GateExplorer(report.Steps, layers)
        {
            Guesses = report.Guesses is null ? null : [.. report.Guesses.Select(step => step.Take(7).Select(guess => new GateGuess(guess.Label, guess.Probability)).ToArray())],
            Weights = run.Weights,
            WeightsName = run.Answer is null ? "what the output rests on" : $"what {GatesStory.Quoted(run.Answer)} rests on",
            Notes = GatesStory.Notes(run),
            Start = run.Due,
            Unit = run.Holders.Count > 0 && layers[0].Name == run.Layer.Name ? run.Holders[0] : null,
        });
        AddStory(page, run);
        AddRests(page, run);
        if (isDefault) { AddExchanges(page, run); }
        AddReadings(page, run);
        return page;
    }

    /// <summary>The picture of a layer.</summary>
    public static GateChart Picture(GatesRun run, GateLayer layer) => new(run.Report.Steps, layer)
    {
        Title = run.Report.Tokens.Count > 0 ? "What the gates do to a sentence" : $"What the gates of {layer.Name} do to a sequence",
        Weights = run.Weights,
        Caption = run.Answer is null ? null : $"The stronger a word's ground, the more {GatesStory.Quoted(run.Answer)} rests on it. {GatesStory.Answer(run)}",
    };

    /// <summary>The words that the model does not know.</summary>
    public static string UnknownWords(GateReport report) =>
        $"Not in the vocabulary: {Words.And([.. report.Unknown.Select(GatesStory.Quoted)])}. The model reads {(report.Unknown.Count == 1 ? "this" : "each of these")} as [UNK], without knowing what it means.";

    private static string Sentence(GatesRun run) => $"“{string.Join(' ', run.Report.Steps).Replace(" ,", ",", StringComparison.Ordinal).Replace(" .", ".", StringComparison.Ordinal)}{(run.Given is null ? " ..." : "")}”";

    private static void AddKeyFigures(HtmlReport page, GatesRun run)
    {
        List<KeyFigure> figures = [];
        if (run.First is { } first)
        {
            RankedGuess second = run.Report.Guesses![run.Due][1];
            figures.Add(new(first.Label, $"is expected after {GatesStory.Quoted(run.Report.Steps[run.Due])}, with {GatesStory.Share(first.Probability)}", $"then {second.Label}, with {GatesStory.Share(second.Probability)}"));
        }

        if (run.Keys.Count > 0)
        {
            int[] ranked = [.. run.Keys.OrderByDescending(run.ShareOf)];
            figures.Add(new(run.Report.Steps[ranked[0]], $"is what {(run.Answer is null ? "the output" : GatesStory.Quoted(run.Answer))} rests on most, with {GatesStory.Share(run.ShareOf(ranked[0]))}",
                string.Join(", ", ranked.Skip(1).Select(step => $"{run.Report.Steps[step]} {GatesStory.Share(run.ShareOf(step))}"))));
        }

        if (run.Contents is not null && run.Keys.Count > 0 && run.Keys[0] < run.Due && run.Layer.Series.Contains("forget_gate"))
        {
            figures.Add(new(NumberText.Decimals(GatesRun.Mean(run.Layer.ForgetGate, run.Holders, run.Keys[0] + 1, run.Due), 2),
                $"forget gate of the {Words.Count(run.Holders.Count, "unit")} that carry them, up to {GatesStory.Quoted(run.Report.Steps[run.Due])}",
                $"all units: {NumberText.Decimals(GatesRun.Mean(run.Layer.ForgetGate, Enumerable.Range(0, run.Layer.Units), run.Keys[0] + 1, run.Due), 2)}"));
        }

        if (figures.Count > 0) { page.AddKeyFigures(figures); }
    }

    private static void AddStory(HtmlReport page, GatesRun run)
    {
        (string Title, string? Text)[] parts = [("What is forgotten", GatesStory.Forgotten(run)), ("What is written, and kept", GatesStory.Written(run)), ("What is put out", GatesStory.PutOut(run))];
        if (parts.All(part => part.Text is null)) { return; }
        foreach ((string title, string? text) in parts)
        {
            if (text is null) { continue; }
            page.AddHeading(title);
            page.AddParagraph(text);
            if (title == parts[0].Title) { AddLeft(page, run); }
        }
    }

    private static void AddLeft(HtmlReport page, GatesRun run)
    {
        if (run.Contents is not { } contents || run.Due >= MostBars) { return; }
        string[] words = [.. Enumerable.Range(0, run.Due + 1).Select(step => $"{step + 1} {run.Report.Steps[step]}")];
        page.AddChart(new BarChart(words)
        {
            Title = $"What is left of each word after {GatesStory.Quoted(run.Report.Steps[run.Due])}",
            YTitle = "share of what it wrote that is still in the state, percent",
            Series = [new BarSeries("left", [.. Enumerable.Range(0, run.Due + 1).Select(step => 100 * contents.Left(step))])],
            ValueDigits = 2,
        }, "A cell state is a sum of what each word wrote, multiplied by every forget gate since. This is that sum, taken apart.", 300);
    }

    private static void AddRests(HtmlReport page, GatesRun run)
    {
        page.AddHeading("What the answer rests on");
        if (run.Weights is not { } weights)
        {
            page.AddParagraph($"It cannot be told for this model: {run.NoWeights}");
            return;
        }

        page.AddParagraph($"{GatesStory.Answer(run)} {GatesStory.Rests(run)}{(run.Answer is null ? "" : " Where a sentence has rarer words, the hundred most frequent of the vocabulary are not counted.")}".Trim());
        if (run.Report.Steps.Count <= MostBars)
        {
            page.AddChart(new BarChart([.. run.Report.Steps.Take(run.Due + 1).Select((word, step) => $"{step + 1} {word}")])
            {
                Title = run.Answer is null ? "How much the output rests on each step" : $"How much {GatesStory.Quoted(run.Answer)} rests on each word",
                YTitle = run.Answer is null ? "integrated gradients" : "integrated gradients of the score, against the next best guess",
                Series = [new BarSeries("share", [.. weights.Take(run.Due + 1)])],
                ValueDigits = 2,
            }, run.Answer is null
                ? "Bars above zero raise the output, bars below lower it; together they are the difference to an input of zeros (Sundararajan, Taly and Yan 2017)."
                : "Bars above zero speak for it, bars below against it; together they are the difference to the same sentence with its rarer words unknown (Sundararajan, Taly and Yan 2017).", 300);
        }
    }

    // The textbook's sentence with other causes: the rest stays, and the answer changes.
    private static void AddExchanges(HtmlReport page, GatesRun run)
    {
        page.AddHeading("Other words, another answer");
        page.AddParagraph("The same sentence, its four cause words exchanged, up to the word where the article is still open:");
        var table = new ReportTable("cause", ReportColumn.Text("then the model goes on"), ReportColumn.Number("probability", 3));
        foreach (string cause in EverydayGrammar.Exchanges)
        {
            (string words, double probability) = run.Model.Continue(EverydayGrammar.LoanWith(cause));
            table.AddRow(cause, words, probability);
        }

        page.AddTable(table);
    }

    private static void AddReadings(HtmlReport page, GatesRun run)
    {
        page.AddHeading("The gates in numbers");
        var table = new ReportTable("gate", ReportColumn.Number("mean", 2), ReportColumn.Number("below 0.1, %", 1), ReportColumn.Number("above 0.9, %", 1))
        { Caption = "Means over all units and steps, and the shares of them at which a gate is saturated (after Karpathy, Johnson and Fei-Fei 2015)." };
        foreach (LayerTrace layer in run.Report.Trace.Layers)
        {
            foreach (string name in layer.Series.Where(name => layer[name].IsGate))
            {
                GateSaturation saturation = GateSaturation.Measure(layer[name]);
                table.AddRow(run.Report.Trace.Layers.Count > 1 ? $"{layer.Name}, {GateLayers.Name(layer[name])}" : GateLayers.Name(layer[name]),
                    GatesRun.Mean(layer[name], Enumerable.Range(0, layer[name].Units), 0, layer.TimeSteps - 1), 100 * saturation.MeanLeft, 100 * saturation.MeanRight);
            }
        }

        if (run.Report.Trace.Layers.Any(layer => layer.Series.Any(name => layer[name].IsGate))) { page.AddTable(table); }
        if (GatesText.Spans(run) is { } spans) { page.AddParagraph(spans); }
        page.AddParagraph("All numbers of all gates stand in gates.csv; the maps above show them in 255 steps of colour.");
    }
}
