using System.Globalization;
using System.Text;
using Engram.Cli.Series;

namespace Engram.Cli.Forecasts;

/// <summary>The forecast as a CSV file: time, value and the bounds of each interval. Numbers are written so that they read back the same.</summary>
internal static class ForecastCsv
{
    /// <summary>The file's text.</summary>
    public static string Text(ForecastRun run)
    {
        var text = new StringBuilder("time,value");
        foreach (var interval in run.Forecast.Intervals) { text.Append(CultureInfo.InvariantCulture, $",lower{Words.Level(interval.Level)},upper{Words.Level(interval.Level)}"); }
        text.Append('\n');
        for (int step = 0; step < run.Forecast.Horizon; step++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{run.Timeline.Exact(run.FirstAhead + step)},{run.Forecast.Values[step]:R}");
            foreach (var interval in run.Forecast.Intervals) { text.Append(CultureInfo.InvariantCulture, $",{interval.Lower[step]:R},{interval.Upper[step]:R}"); }
            text.Append('\n');
        }

        return text.ToString();
    }
}
