using System.Globalization;
using Engram.Cli.Series;
using Engram.Inspection;

namespace Engram.Cli.Gates;

/// <summary>The gates in words.</summary>
internal static class GatesText
{
    private const int Width = 100;

    /// <summary>Writes them.</summary>
    public static void Write(TextWriter output, GatesRun run, GatesFiles files)
    {
        GateReport report = run.Report;
        if (report.Tokens.Count > 0) { output.WriteLine(Wrapped(string.Join(' ', report.Steps))); }
        output.WriteLine($"{char.ToUpperInvariant(run.Model.Name[0])}{run.Model.Name[1..]}; {Words.And([.. report.Trace.Layers.Select(layer => $"{layer.Name} ({layer.Kind}) with {Words.Count(layer.Units, "unit")}")])}, {Words.Count(report.Steps.Count, "step")}.");
        if (report.Unknown.Count > 0) { output.WriteLine(Wrapped(GatesPage.UnknownWords(report))); }
        string answer = GatesStory.Answer(run), rests = GatesStory.Rests(run);
        foreach (string? text in (string?[])[answer, rests.Length > 0 ? rests : run.NoWeights, GatesStory.Forgotten(run), GatesStory.Written(run), GatesStory.PutOut(run), Spans(run)])
        {
            if (string.IsNullOrEmpty(text)) { continue; }
            output.WriteLine();
            output.WriteLine(Wrapped(text.Replace('\u00A0', ' ')));
        }

        output.WriteLine();
        output.WriteLine($"Page: {files.Page}   Picture: {files.Picture}   Numbers: {files.Numbers}");
    }

    /// <summary>How long the units of the layer remember; null where it has no gate that forgets.</summary>
    public static string? Spans(GatesRun run)
    {
        if (!run.Layer.Series.Contains("forget_gate") && !run.Layer.Series.Contains("update_gate")) { return null; }
        double[] spans = [.. MemorySpan.Measure(run.Layer).Units.Order()];
        int beyond = spans.Count(double.IsPositiveInfinity), longest = spans.Length - beyond - 1;
        double middle = spans[spans.Length / 2];
        return $"How long a unit of {run.Layer.Name} remembers, until less than half is left: {(double.IsFinite(middle) ? Steps(middle) : "more steps than there are")} in the middle unit"
            + (longest >= 0 ? $", {Steps(spans[0])} in the most forgetful" : "") + $"; {Words.Count(beyond, "unit")} of {spans.Length} beyond the end of the sequence.";
    }

    private static string Steps(double steps) => $"{steps.ToString("0.#", CultureInfo.InvariantCulture)} {(steps is 1 ? "step" : "steps")}";

    private static string Wrapped(string text)
    {
        var lines = new List<string> { "" };
        foreach (string word in text.Split(' '))
        {
            if (lines[^1].Length > 0 && lines[^1].Length + 1 + word.Length > Width) { lines.Add(""); }
            lines[^1] += lines[^1].Length > 0 ? $" {word}" : word;
        }

        return string.Join(Environment.NewLine, lines);
    }
}
