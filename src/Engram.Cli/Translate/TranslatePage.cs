using Engram.Charts;
using Engram.Charts.Reports;
using Engram.Cli.Series;
using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary>A training run as a page.</summary>
internal static class TranslatePage
{
    private const int Maps = 3, Examples = 12, MostUnknown = 20;

    /// <summary>Creates it.</summary>
    public static HtmlReport Create(TranslateRun run)
    {
        var page = new HtmlReport("A translator, and how good it is")
        {
            Subtitle = TranslateText.DataLine(run),
            Footer = $"engram {EngramTool.Version} · seed {run.Options.Seed} · {Words.Seconds(run.Seconds)}",
        };
        string part = $"{NumberText.Decimals(run.Measured.Count, 0)} {run.PartName} pairs";
        page.AddKeyFigures(
            new(NumberText.Decimals(run.Beam.Bleu.Score, 1), $"BLEU on the {part}, {run.Beam.Name}", $"greedy: {NumberText.Decimals(run.Greedy.Bleu.Score, 1)}"),
            new(NumberText.Decimals(run.Beam.ChrF, 1), $"chrF, {run.Beam.Name}", $"greedy: {NumberText.Decimals(run.Greedy.ChrF, 1)}"),
            new(NumberText.Significant(run.Perplexity, 3), $"perplexity of the {run.PartName} {run.Tokens}", $"{NumberText.Decimals(run.TargetWords - 4, 0)} {run.Tokens} to choose from"));
        if (run.Test is null) { page.AddNote("No pairs were kept for a test. These figures are those of the validation pairs, which also chose the epoch, and so flatter somewhat. Give --test-source and --test-target."); }
        if (run.Measured.Count < 100) { page.AddNote($"{Words.Count(run.Measured.Count, "sentence")} are few: another set of as many may score quite differently.", NoteKind.Warning); }
        AddScores(page, run);
        AddExamples(page, run);
        if (run.HasWords) { AddUnknown(page, run); }
        AddTraining(page, run);
        page.AddHeading("Settings");
        page.AddSettings(
            ("network", TranslateText.NetworkLine(run)), ("epochs", $"{run.Translator.Epochs.Count} of {run.Options.Epochs}, weights of epoch {run.Best.Epoch}"),
            ("batch", $"{run.Options.BatchSize} pairs"), ("learning rate", NumberText.Significant(run.Options.LearningRate)), ("dropout", NumberText.Significant(run.Options.Dropout)),
            ("label smoothing", NumberText.Significant(run.Options.LabelSmoothing)), ("scheduled sampling", NumberText.Significant(run.Options.ScheduledSampling)),
            ("softmax", run.Options.SampledSoftmax is { } samples ? $"{samples} sampled {run.Tokens}" : "whole vocabulary"), ("seed", $"{run.Options.Seed}"));
        page.AddParagraph($"The same again: {run.Command}");
        return page;
    }

    private static void AddScores(HtmlReport page, TranslateRun run)
    {
        page.AddHeading("How good the translations are");
        var table = new ReportTable("", ReportColumn.Number("BLEU", 2, BestValue.Highest), ReportColumn.Number("chrF", 2, BestValue.Highest), ReportColumn.Number("words right, %", 1), ReportColumn.Number("fours right, %", 1),
            ReportColumn.Number("length", 3), ReportColumn.Number("seconds", 1))
        {
            Caption = $"BLEU: how many sequences of one to four words are also in the given translation; it counts {run.Tokenization}. chrF: the same of letters. Length: the words of the translations over those of the given ones.",
        };
        foreach (TranslationMeasure measure in (TranslationMeasure[])[run.Greedy, run.Beam])
        {
            table.AddRow(measure.Name, measure.Bleu.Score, measure.ChrF, measure.Bleu.Precisions[0], measure.Bleu.Precisions[3], (double)measure.Bleu.HypothesisLength / Math.Max(1, measure.Bleu.ReferenceLength), measure.Seconds);
        }

        page.AddTable(table);
        page.AddParagraph("A good translation that uses other words than the given one scores low, so compare scores of one set only, and read some translations.");
    }

    private static void AddExamples(HtmlReport page, TranslateRun run)
    {
        page.AddHeading("Read some");
        var table = new ReportTable("sentence", ReportColumn.Text("translation"), ReportColumn.Text("given")) { Caption = $"Spread over the {run.PartName} pairs, not chosen; {run.Beam.Name}." };
        int step = Math.Max(1, run.Measured.Count / Examples);
        for (int i = step / 2; i < run.Measured.Count; i += step) { table.AddRow(run.Measured.Source[i], AttentionChart.Shown(run.Beam.Texts[i]), run.Measured.Target[i]); }
        page.AddTable(table);
        page.AddHeading("Where it looked");
        page.AddParagraph("Each row is a word of the translation; its colours say how much it rests on each word of the sentence. Where both languages have the same order of words, the map is a diagonal."
            + (run.HasWords ? "" : " Words stand in the pieces that the model knows; ▁ is the space before a word, and a piece without it goes on with the word before."));
        foreach (int i in TranslateText.Examples(run, Maps))
        {
            TranslatedText text = run.Beam.Texts[i];
            page.AddChart(AttentionChart.Create(text), text.Source, AttentionChart.Height(text));
        }
    }

    private static void AddUnknown(HtmlReport page, TranslateRun run)
    {
        IReadOnlyList<(string Word, int Count)> unknown = run.UnknownWords();
        page.AddHeading("Words it does not know");
        int words = run.Beam.Texts.Sum(text => Math.Max(0, text.SourceWords.Count - 1)), missing = unknown.Sum(entry => entry.Count);
        if (missing == 0)
        {
            page.AddParagraph($"All {NumberText.Decimals(words, 0)} words of the {run.PartName} sentences are in the vocabulary.");
            return;
        }

        page.AddParagraph($"{NumberText.Decimals(missing, 0)} of the {NumberText.Decimals(words, 0)} words of the {run.PartName} sentences ({Words.Percent(100.0 * missing / words)}) are not in the vocabulary: they occur less than "
            + $"{Words.Count(run.Options.MinCount, "time")} in the sentences to learn from. Where the translation has such a word too, the word that was looked at most is copied. The most frequent: "
            + $"{string.Join(", ", unknown.Take(MostUnknown).Select(entry => entry.Count > 1 ? $"{entry.Word} ({entry.Count})" : entry.Word))}.");
    }

    private static void AddTraining(HtmlReport page, TranslateRun run)
    {
        IReadOnlyList<TranslationEpoch> epochs = run.Translator.Epochs;
        page.AddHeading("Training");
        page.AddParagraph($"{TranslateText.TrainingLine(run)}.");
        foreach (string note in run.Translator.Notes) { page.AddParagraph(note); }
        List<LineSeries> lines = [LineSeries.FromValues("validation", [.. epochs.Select(epoch => epoch.ValidationPerplexity)])];
        if (run.Options.SampledSoftmax is null) { lines.Insert(0, LineSeries.FromValues("training", [.. epochs.Select(epoch => epoch.Perplexity)])); }
        page.AddChart(new LineChart { Title = "Perplexity by epoch", XTitle = "epoch", YTitle = "perplexity", Lines = lines },
            $"How many {run.Tokens} the model hesitates between, as it were. That of the training {run.Tokens} is measured while it learns, with dropout. When the validation line rises again, it learns by heart; the best epoch's weights are kept.", 300);
    }
}
