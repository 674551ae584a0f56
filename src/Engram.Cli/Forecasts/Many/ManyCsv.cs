using System.Globalization;
using System.Text;
using Engram.Cli.Series;
using Engram.Forecasting;

namespace Engram.Cli.Forecasts.Many;

/// <summary>The forecasts as a CSV file in long form: id, target, time, value and the bounds of each interval.</summary>
internal static class ManyCsv
{
    /// <summary>The file's text.</summary>
    public static string Text(ManyRun run)
    {
        var text = new StringBuilder("id,target,time,value");
        foreach (double level in run.Model.Levels) { text.Append(CultureInfo.InvariantCulture, $",lower{Words.Level(level)},upper{Words.Level(level)}"); }
        text.Append('\n');
        for (int i = 0; i < run.Forecasts.Count; i++)
        {
            SeriesForecast one = run.Forecasts[i];
            for (int step = 0; step < one.Forecast.Horizon; step++)
            {
                text.Append(CultureInfo.InvariantCulture, $"{Field(one.Id)},{Field(one.Target)},{run.Exact(i, step)},{one.Forecast.Values[step]:R}");
                foreach (PredictionInterval interval in one.Forecast.Intervals) { text.Append(CultureInfo.InvariantCulture, $",{interval.Lower[step]:R},{interval.Upper[step]:R}"); }
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Field(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
