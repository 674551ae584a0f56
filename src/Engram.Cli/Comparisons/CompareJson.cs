using System.Text.Json;
using Engram.Cli.Forecasts;
using Engram.Inspection;

namespace Engram.Cli.Comparisons;

/// <summary>The comparison for programs.</summary>
internal static class CompareJson
{
    /// <summary>Writes the object.</summary>
    public static void Write(TextWriter output, CompareRun run) => JsonOutput.Write(output, json =>
    {
        Comparison comparison = run.Comparison;
        ForecastJson.WriteSeries(json, run.Input.Series, run.Timeline, run.Input.Series.Notes);
        ForecastJson.WriteSplit(json, comparison.Split, run.Timeline);
        json.WriteNumber("window", comparison.Options.Window);
        json.WriteNumber("epochs", comparison.Options.Epochs);
        json.WriteNumber("seed", comparison.Options.Seed);
        json.WriteNumber("seconds", Math.Round(run.Seconds, 3));
        json.WriteStartArray("networks");
        foreach (Contestant contestant in comparison.Contestants)
        {
            json.WriteStartObject();
            json.WriteString("model", contestant.Name);
            json.WriteNumber("units", contestant.Units);
            json.WriteNumber("parameters", contestant.Parameters);
            json.Number("rmse", contestant.Rmse);
            json.Number("mae", contestant.Mae);
            json.Number("rmseOverNaive", contestant.Rmse / comparison.NaiveRmse);
            json.Number("secondsPerEpoch", contestant.SecondsPerEpoch);
            json.WriteNumber("bestEpoch", contestant.BestEpoch + 1);
            json.Numbers("loss", contestant.Loss);
            json.Numbers("validationLoss", contestant.ValidationLoss);
            json.Numbers("gradientNorm", contestant.GradientNorm);
            WriteGradient(json, "untrainedGradient", contestant.Untrained);
            WriteGradient(json, "trainedGradient", contestant.Trained);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("naive");
        json.Number("rmse", comparison.NaiveRmse);
        json.Number("mae", comparison.NaiveMae);
        json.WriteEndObject();
        json.WriteString("verdict", comparison.Verdict);
        json.WriteStartObject("files");
        json.WriteString("report", run.PagePath);
        json.WriteEndObject();
    });

    /// <summary>The norms by steps back in time, from the last step on.</summary>
    private static void WriteGradient(Utf8JsonWriter json, string name, GradientFlow flow)
    {
        json.WriteStartObject(name);
        json.Numbers("hidden", flow.Hidden.Reverse());
        if (flow.Cell.Count > 0) { json.Numbers("cell", flow.Cell.Reverse()); }
        json.WriteEndObject();
    }
}
