using System.Text.Json;
using Engram.Cli.Series;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts.Many;

/// <summary>Forecasts of many series for programs. Members that only training gives are null where a saved model was used.</summary>
internal static class ManyJson
{
    /// <summary>Writes the object.</summary>
    public static void Write(TextWriter output, ManyRun run) => JsonOutput.Write(output, json =>
    {
        json.WriteStartObject("panel");
        json.WriteNumber("series", run.Panel.Series.Count);
        json.WriteNumber("rows", run.Panel.Series.Sum(one => one.Count));
        json.WriteString("frequency", run.Panel.Frequency.Name);
        json.Texts("notes", run.Notes);
        json.WriteEndObject();
        json.Numbers("seasons", run.Model.Seasons.Select(season => (double)season));
        json.WriteString("output", ManyText.OutputName(run.Model.Output));
        json.WriteString("head", ForecastText.HeadName(run.Model.Head));
        json.WriteNumber("seed", run.Model.Seed);
        json.WriteNumber("seconds", Math.Round(run.Seconds, 3));
        WriteBacktest(json, run.Report?.Backtest);
        json.WriteStartArray("forecasts");
        for (int i = 0; i < run.Forecasts.Count; i++) { WriteForecast(json, run, i); }
        json.WriteEndArray();
        json.WriteStartObject("files");
        json.WriteString("forecast", run.CsvPath);
        json.WriteString("report", run.PagePath);
        json.WriteString("model", run.SavedModelPath ?? run.ModelPath);
        json.WriteEndObject();
    });

    private static void WriteBacktest(Utf8JsonWriter json, GlobalBacktest? backtest)
    {
        if (backtest is null)
        {
            json.WriteNull("backtest");
            json.WriteNull("coverage");
            json.WriteNull("errors");
            return;
        }

        json.WriteStartArray("backtest");
        foreach (PanelErrors method in backtest.Methods) { WriteErrors(json, method, backtest.Methods); }
        json.WriteEndArray();

        // The share of test values inside each interval, in percent, by the interval's level.
        json.WriteStartObject("coverage");
        foreach ((double level, double coverage) in backtest.Coverage) { json.Number(Words.Level(level), coverage); }
        json.WriteEndObject();

        json.WriteStartArray("errors");
        foreach (SeriesBacktest one in backtest.Series)
        {
            json.WriteStartObject();
            json.WriteString("id", one.Id);
            json.WriteString("target", one.Target);
            json.WriteStartArray("methods");
            foreach (PanelErrors method in one.Methods) { WriteErrors(json, method, one.Methods); }
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteErrors(Utf8JsonWriter json, PanelErrors method, IReadOnlyList<PanelErrors> methods)
    {
        json.WriteStartObject();
        json.WriteString("model", ManyRun.NameOf(method, methods));
        json.Number("mae", method.Mae);
        json.Number("rmse", method.Rmse);
        json.Number("smape", ManyRun.Smape(method));
        json.Number("mase", method.Mase);
        json.Number("scaledMae", method.ScaledMae);
        json.Number("scaledMse", method.ScaledMse);
        json.WriteEndObject();
    }

    private static void WriteForecast(Utf8JsonWriter json, ManyRun run, int series)
    {
        SeriesForecast one = run.Forecasts[series];
        json.WriteStartObject();
        json.WriteString("id", one.Id);
        json.WriteString("target", one.Target);
        json.WriteStartArray("forecast");
        for (int step = 0; step < one.Forecast.Horizon; step++)
        {
            json.WriteStartObject();
            json.WriteString("time", run.Exact(series, step));
            json.Number("value", one.Forecast.Values[step]);
            foreach (PredictionInterval interval in one.Forecast.Intervals)
            {
                json.Number($"lower{Words.Level(interval.Level)}", interval.Lower[step]);
                json.Number($"upper{Words.Level(interval.Level)}", interval.Upper[step]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
