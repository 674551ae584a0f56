using Engram.Data;
using Engram.Forecasting;

namespace Engram.Tests.Forecasting;

/// <summary>Panels whose properties are known because they are made here.</summary>
internal static class Panels
{
    /// <summary>Daily waves of different levels and lengths with everything beside them; each of the values a season before the last is missing where asked.</summary>
    public static SeriesPanel Full(int series = 3, bool missing = false, int ahead = 4)
    {
        var start = new DateTime(2024, 1, 1);
        var all = new List<PanelSeries>();
        for (int i = 0; i < series; i++)
        {
            int count = 60 + (5 * i);
            double[] noise = SeriesToForecast.Noise(2 * (count + ahead), 40 + i);
            double[] values = [.. Enumerable.Range(0, count).Select(t => (10 * (i + 1)) + (3 * Math.Sin(2 * Math.PI * t / 6)) + (0.3 * noise[t]))];
            if (missing) { values[count - 6] = values[10] = double.NaN; }
            all.Add(new PanelSeries($"s{i}", values, [.. Enumerable.Range(0, count).Select(t => start.AddDays(t))])
            {
                Past = [new Covariate("rain", noise[..count])],
                Future = [new Covariate("price", noise[count..(count + count + ahead)])],
                Statics = [2.5 + i],
                Categories = [i % 2 == 0 ? "north" : "south"],
            });
        }

        return new SeriesPanel(all, ["size"], ["region"]);
    }

    /// <summary>The panel with one value of the first series changed.</summary>
    public static SeriesPanel With(SeriesPanel panel, int row, double value)
    {
        PanelSeries first = panel.Series[0];
        double[] values = [.. first.Values];
        values[row] = value;
        var changed = new PanelSeries(first.Id, values, first.Times) { Past = first.Past, Future = first.Future, Statics = first.Statics, Categories = first.Categories };
        return new SeriesPanel([changed, .. panel.Series.Skip(1)], panel.StaticNames, panel.CategoryNames);
    }

    public static double[] Numbers(IEnumerable<SeriesForecast> forecasts) =>
        [.. forecasts.SelectMany(one => one.Forecast.Intervals.SelectMany(interval => interval.Lower.Concat(interval.Upper)).Prepend(one.Forecast.Values[0]).Concat(one.Forecast.Values))];
}
