using Engram.Charts;
using Engram.Cli.Series;
using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary>A training run as text.</summary>
internal static class TranslateText
{
    /// <summary>Writes it.</summary>
    public static void Write(ToolConsole console, TranslateRun run)
    {
        TextWriter output = console.Output;
        output.WriteLine($"Pairs     {DataLine(run)}");
        foreach (string note in run.Translator.Notes) { output.WriteLine($"          {note}"); }
        output.WriteLine($"Network   {NetworkLine(run)}");
        output.WriteLine($"Training  {TrainingLine(run)}");
        output.WriteLine();
        output.WriteLine(run.Test is null
            ? $"The {Words.Count(run.Validation.Count, "validation pair")}, which also chose the epoch: somewhat flattering. Measure with --test-source and --test-target."
            : $"The {Words.Count(run.Test.Count, "test pair")}, which played no part in training");
        var table = new TextTable("", "BLEU", "chrF", "seconds");
        double best = Math.Max(run.Greedy.Bleu.Score, run.Beam.Bleu.Score);
        foreach (TranslationMeasure measure in (TranslationMeasure[])[run.Greedy, run.Beam])
        {
            table.Add(measure.Bleu.Score == best, measure.Name, NumberText.Decimals(measure.Bleu.Score, 2), NumberText.Decimals(measure.ChrF, 2), NumberText.Decimals(measure.Seconds, 1));
        }

        table.WriteTo(console);
        output.WriteLine($"Perplexity {NumberText.Significant(run.Perplexity, 4)}{(run.HasWords ? "" : " by byte pair")}. BLEU counts {run.Tokenization}.");
        output.WriteLine();
        foreach (int i in Examples(run, 3))
        {
            output.WriteLine($"  {run.Measured.Source[i]}");
            output.WriteLine($"  -> {run.Beam.Texts[i].Text}");
            output.WriteLine($"     (given: {run.Measured.Target[i]})");
        }

        output.WriteLine();
        output.WriteLine($"Report    {run.PagePath}");
        output.WriteLine($"Model     {run.ModelPath}");
        output.WriteLine($"Seed {run.Options.Seed}, {Words.Seconds(run.Seconds)}.");
    }

    public static string DataLine(TranslateRun run) =>
        $"{run.Source}: {NumberText.Decimals(run.Training.Count, 0)} to learn from, {NumberText.Decimals(run.Validation.Count, 0)} to validate on; {NumberText.Decimals(run.SourceWords - 4, 0)} and {NumberText.Decimals(run.TargetWords - 4, 0)} {(run.HasWords ? $"words that occur {run.Options.MinCount} times or more" : "byte pairs")}";

    public static string NetworkLine(TranslateRun run) =>
        $"{NumberText.Decimals(run.Translator.Model.ParameterCount, 0)} weights: encoder of {Words.Count(run.Options.EncoderLayers, "LSTM layer")} in both directions, attention, decoder of {run.Options.DecoderLayers}, {run.Options.Units} units each, {(run.HasWords ? "word vectors" : "vectors of byte pairs")} of {run.Options.Embedding}";

    public static string TrainingLine(TranslateRun run)
    {
        TranslationEpoch best = run.Best;
        return $"{Words.Count(run.Translator.Epochs.Count, "epoch")} in {Words.Seconds(run.TrainingSeconds)}; best after epoch {best.Epoch}, validation perplexity {NumberText.Significant(best.ValidationPerplexity, 4)}";
    }

    /// <summary>Sentences spread over the measured ones, of lengths that can be read at a glance.</summary>
    public static IReadOnlyList<int> Examples(TranslateRun run, int count)
    {
        int[] fit = [.. Enumerable.Range(0, run.Measured.Count).Where(i => run.Beam.Texts[i].SourceWords.Count is > 4 and < 12)];
        if (fit.Length == 0) { fit = [.. Enumerable.Range(0, run.Measured.Count).Where(i => run.Beam.Texts[i].SourceWords.Count > 0)]; }
        return [.. Enumerable.Range(0, Math.Min(count, fit.Length)).Select(k => fit[(int)((k + 0.5) * fit.Length / Math.Min(count, fit.Length))])];
    }
}
