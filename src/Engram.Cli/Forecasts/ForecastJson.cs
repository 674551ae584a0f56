using System.Text.Json;
using Engram.Cli.Series;
using Engram.Data;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts;

/// <summary>The forecast for programs. Members that only training gives are null where a saved model was used.</summary>
internal static class ForecastJson
{
    /// <summary>Writes the object.</summary>
    public static void Write(TextWriter output, ForecastRun run) => JsonOutput.Write(output, json =>
    {
        WriteSeries(json, run.Input.Series, run.Timeline, run.Notes);
        WriteSplit(json, run.Report?.Split, run.Timeline);
        WriteSeason(json, run);
        json.WriteString("head", ForecastText.HeadName(run.Model.Head)); // what the networks predict; "none": numbers, and conformal intervals
        json.WriteNumber("seed", run.Model.Seed);
        json.WriteNumber("seconds", Math.Round(run.Seconds, 3));
        WriteBacktest(json, run.Report?.Backtest);
        WriteForecast(json, run);
        json.WriteStartObject("files");
        json.WriteString("forecast", run.CsvPath);
        json.WriteString("report", run.PagePath);
        json.WriteString("model", run.SavedModelPath ?? run.ModelPath);
        json.WriteEndObject();
    });

    /// <summary>The member <c>series</c>.</summary>
    public static void WriteSeries(Utf8JsonWriter json, TimeSeries series, Timeline timeline, IEnumerable<string> notes)
    {
        json.WriteStartObject("series");
        json.WriteString("name", series.Name);
        json.WriteNumber("rows", series.Count);
        json.WriteString("from", timeline.Exact(0));
        json.WriteString("to", timeline.Exact(series.Count - 1));
        json.WriteString("frequency", series.Frequency.Name);
        json.WriteNumber("gaps", series.FilledValues);
        json.Texts("notes", notes);
        json.WriteEndObject();
    }

    /// <summary>The member <c>split</c>.</summary>
    public static void WriteSplit(Utf8JsonWriter json, Split? split, Timeline timeline)
    {
        if (split is null)
        {
            json.WriteNull("split");
            return;
        }

        json.WriteStartObject("split");
        foreach ((string name, RowRange rows) in ((string, RowRange)[])[("train", split.Train), ("validation", split.Validation), ("test", split.Test)])
        {
            json.WriteStartObject(name);
            json.WriteNumber("rows", rows.Count);
            json.WriteString("from", rows.Count > 0 ? timeline.Exact(rows.Start) : null);
            json.WriteString("to", rows.Count > 0 ? timeline.Exact(rows.End - 1) : null);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteSeason(Utf8JsonWriter json, ForecastRun run)
    {
        json.WriteNumber("season", run.Model.Season); // 1: none
        if (run.Report is not { } report)
        {
            json.WriteNull("seasonCandidates");
            return;
        }

        json.WriteStartArray("seasonCandidates");
        foreach (SeasonCandidate candidate in report.Season.Candidates)
        {
            json.WriteStartObject();
            json.WriteNumber("length", candidate.Length);
            json.Number("score", candidate.Score ?? double.NaN);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteBacktest(Utf8JsonWriter json, Backtest? backtest)
    {
        if (backtest is null)
        {
            json.WriteNull("backtest");
            json.WriteNull("verdict");
            json.WriteNull("verdictKind");
            json.WriteNull("coverage");
            return;
        }

        json.WriteStartArray("backtest");
        foreach (MethodErrors method in backtest.Methods)
        {
            json.WriteStartObject();
            json.WriteString("model", ForecastRun.NameOf(method, backtest));
            json.Number("mae", method.Mae);
            json.Number("rmse", method.Rmse);
            json.Number("mape", ForecastRun.Mape(method));
            json.Number("smape", ForecastRun.Smape(method));
            json.Number("mase", method.Mase);
            json.Numbers("maeByStep", method.MaeByStep);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("verdict", ForecastRun.Verdict(backtest));
        json.WriteString("verdictKind", backtest.Verdict.Kind switch { VerdictKind.Better => "better", VerdictKind.AsGood => "as good", _ => "worse" });

        // The share of test values inside each interval, in percent, by the interval's level.
        json.WriteStartObject("coverage");
        foreach (BacktestInterval interval in backtest.Intervals) { json.Number(Words.Level(interval.Level), interval.Coverage); }
        json.WriteEndObject();
    }

    private static void WriteForecast(Utf8JsonWriter json, ForecastRun run)
    {
        json.WriteStartArray("forecast");
        for (int step = 0; step < run.Forecast.Horizon; step++)
        {
            json.WriteStartObject();
            json.WriteString("time", run.Timeline.Exact(run.FirstAhead + step));
            json.Number("value", run.Forecast.Values[step]);
            foreach (PredictionInterval interval in run.Forecast.Intervals)
            {
                json.Number($"lower{Words.Level(interval.Level)}", interval.Lower[step]);
                json.Number($"upper{Words.Level(interval.Level)}", interval.Upper[step]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
