using System.Globalization;
using Engram.Charts;
using Engram.Data;

namespace Engram.Cli.Series;

/// <summary>
/// The rows of a series and those that follow it, as dates where the series has a frequency, else as numbers from 1: in charts, in texts
/// for people and in texts for programs.
/// </summary>
internal sealed class Timeline
{
    private readonly DateTime[]? dates;
    private readonly string format;

    /// <summary>Creates it.</summary>
    /// <param name="series">The series.</param>
    /// <param name="ahead">How many rows follow.</param>
    public Timeline(TimeSeries series, int ahead = 0)
    {
        Rows = series.Count + ahead;
        bool dated = series.Times is not null && series.Frequency.Unit != FrequencyUnit.Irregular;
        dates = dated ? [.. series.Times!, .. series.Frequency.After(series.Times![^1], ahead)] : null;
        format = series.Frequency.Unit switch
        {
            FrequencyUnit.Month when series.Frequency.Day is 1 or 31 && dates?[0].TimeOfDay == TimeSpan.Zero => "yyyy-MM",
            FrequencyUnit.Second when series.Frequency.Step % 60 != 0 => "yyyy-MM-dd HH:mm:ss",
            FrequencyUnit.Second => "yyyy-MM-dd HH:mm",
            _ => dates is not null && Array.Exists(dates, date => date.TimeOfDay != TimeSpan.Zero) ? "yyyy-MM-dd HH:mm" : "yyyy-MM-dd",
        };
    }

    /// <summary>The number of rows, those that follow included.</summary>
    public int Rows { get; }

    /// <summary>A row for people: its date, as short as the frequency allows, or its number from 1.</summary>
    public string Text(int row) => dates is null ? $"row {row + 1}" : dates[row].ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A row for programs: its date in ISO 8601, or its number from 1.</summary>
    public string Exact(int row) => dates is null
        ? (row + 1).ToString(CultureInfo.InvariantCulture)
        : dates[row].ToString(format.Contains('H', StringComparison.Ordinal) ? "yyyy-MM-dd'T'HH:mm:ss" : "yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A range for people.</summary>
    public string Text(RowRange rows) => rows.Count == 0 ? "none" : rows.Count == 1 ? Text(rows.Start) : $"{Text(rows.Start)} to {Text(rows.End - 1)}";

    /// <summary>A line through rows that stand in ascending order; a row may come twice where the line has a gap.</summary>
    public LineSeries Line(string name, int[] rows, double[] values, ChartColor color, LineDash dash = LineDash.Solid, bool points = false) => dates is null
        ? new LineSeries(name, [.. rows.Select(Number)], values) { Color = color, Dash = dash, ShowPoints = points }
        : new LineSeries(name, [.. rows.Select(row => dates[row])], values) { Color = color, Dash = dash, ShowPoints = points };

    /// <summary>A line through all rows from one on.</summary>
    public LineSeries Line(string name, int first, double[] values, ChartColor color, LineDash dash = LineDash.Solid) =>
        Line(name, [.. Enumerable.Range(first, values.Length)], values, color, dash);

    /// <summary>A band over rows in ascending order.</summary>
    public BandSeries Band(string name, int[] rows, double[] low, double[] high, ChartColor color) => dates is null
        ? new BandSeries(name, [.. rows.Select(Number)], low, high) { Color = color }
        : new BandSeries(name, [.. rows.Select(row => dates[row])], low, high) { Color = color };

    /// <summary>A shaded range of rows.</summary>
    public Region Region(RowRange rows, string label, double opacity)
    {
        int end = Math.Min(rows.End, Rows - 1);
        return dates is null
            ? new Region(Number(rows.Start), Number(end), label) { Opacity = opacity }
            : new Region(dates[rows.Start], dates[end], label) { Opacity = opacity };
    }

    /// <summary>A vertical line at a row.</summary>
    public Marker Marker(int row, string label) => dates is null ? new Marker(Number(row), label) : new Marker(dates[row], label);

    /// <summary>What stands under the x axis; nothing under dates.</summary>
    public string? AxisTitle => dates is null ? "row" : null;

    private static double Number(int row) => row + 1;
}
