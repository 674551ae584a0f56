using System.Text.Json;
using Engram.Inspection;

namespace Engram.Cli.Gates;

/// <summary>The gates as one JSON object.</summary>
internal static class GatesJson
{
    /// <summary>Writes it.</summary>
    public static void Write(TextWriter output, GatesRun run, GatesFiles files) => JsonOutput.Write(output, json =>
    {
        GateReport report = run.Report;
        json.WriteString("model", run.Model.Name);
        json.WriteBoolean("builtIn", run.Model.IsBuiltIn);
        json.Texts("steps", report.Steps);
        json.Texts("unknown", report.Unknown);
        json.WriteNumber("due", run.Due);
        json.WriteString("given", run.Given);
        json.WriteString("answer", run.Answer);
        WriteGuesses(json, report);
        if (run.Weights is null) { json.WriteNull("restsOn"); }
        else { json.Numbers("restsOn", run.Weights); }
        json.Texts("keys", run.Keys.Select(step => report.Steps[step]));
        json.WriteStartArray("layers");
        foreach (LayerTrace layer in report.Trace.Layers) { WriteLayer(json, run, layer); }
        json.WriteEndArray();
        json.WriteStartObject("files");
        json.WriteString("page", files.Page);
        json.WriteString("picture", files.Picture);
        json.WriteString("numbers", files.Numbers);
        json.WriteEndObject();
    });

    private static void WriteGuesses(Utf8JsonWriter json, GateReport report)
    {
        if (report.Guesses is null)
        {
            json.WriteNull("guesses");
            return;
        }

        json.WriteStartArray("guesses");
        foreach (IReadOnlyList<RankedGuess> step in report.Guesses)
        {
            json.WriteStartArray();
            foreach (RankedGuess guess in step)
            {
                json.WriteStartObject();
                json.WriteString("word", guess.Label);
                json.Number("probability", guess.Probability);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteLayer(Utf8JsonWriter json, GatesRun run, LayerTrace layer)
    {
        json.WriteStartObject();
        json.WriteString("name", layer.Name);
        json.WriteString("kind", layer.Kind);
        json.WriteString("direction", layer.Direction == ReadingDirection.Forward ? "forward" : "backward");
        json.WriteNumber("steps", layer.TimeSteps);
        json.WriteNumber("units", layer.Units);
        json.WriteStartArray("gates");
        foreach (string name in layer.Series.Where(name => layer[name].IsGate))
        {
            GateSaturation saturation = GateSaturation.Measure(layer[name]);
            json.WriteStartObject();
            json.WriteString("name", name);
            json.Numbers("meanByStep", Enumerable.Range(0, layer.TimeSteps).Select(step => GatesRun.Mean(layer[name], Enumerable.Range(0, layer[name].Units), step, step)));
            json.Number("below0.1", saturation.MeanLeft);
            json.Number("above0.9", saturation.MeanRight);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (layer == run.Layer && run.Contents is { } contents)
        {
            json.Numbers("written", Enumerable.Range(0, run.Due + 1).Select(contents.Written));
            json.Numbers("left", Enumerable.Range(0, run.Due + 1).Select(contents.Left));
            json.Numbers("holders", run.Holders.Select(unit => (double)unit));
        }

        if (layer.Series.Contains("forget_gate") || layer.Series.Contains("update_gate")) { json.Numbers("memorySpans", MemorySpan.Measure(layer).Units); }
        json.WriteEndObject();
    }
}
