using Engram.Data;

namespace Engram.Forecasting;

/// <summary>How what stands beside the values is scaled and numbered: by what training has, kept with the model.</summary>
internal sealed class PanelEncoding
{
    public required IReadOnlyList<string> Past { get; init; }

    public required IReadOnlyList<string> Future { get; init; }

    public required CalendarFeatures Calendar { get; init; }

    public required IReadOnlyList<string> Statics { get; init; }

    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>The mean and the standard deviation of each past column and each one known ahead.</summary>
    public required IReadOnlyList<(double Mean, double Deviation)> ColumnScales { get; init; }

    /// <summary>The same of each static number.</summary>
    public required IReadOnlyList<(double Mean, double Deviation)> StaticScales { get; init; }

    /// <summary>The words of each category in ascending order; the first has the number 1.</summary>
    public required IReadOnlyList<string[]> Words { get; init; }

    /// <summary>The columns known ahead, with those of the calendar.</summary>
    public int Known => Future.Count + CalendarColumns.Count(Calendar);

    /// <summary>Learns from the first rows of each series.</summary>
    /// <param name="panel">The series.</param>
    /// <param name="ends">Of each series, how many rows count.</param>
    /// <param name="calendar">What of the calendar is added.</param>
    public static PanelEncoding Fit(SeriesPanel panel, int[] ends, CalendarFeatures calendar)
    {
        var columns = new List<(double, double)>();
        for (int c = 0; c < panel.PastNames.Count + panel.FutureNames.Count; c++)
        {
            columns.Add(ScaleOf(panel.Series.SelectMany((one, i) => Column(one, c).Values.Take(ends[i]))));
        }

        return new PanelEncoding
        {
            Past = panel.PastNames,
            Future = panel.FutureNames,
            Calendar = calendar,
            Statics = panel.StaticNames,
            Categories = panel.CategoryNames,
            ColumnScales = columns,
            StaticScales = [.. panel.StaticNames.Select((_, i) => ScaleOf(panel.Series.Select(one => one.Statics[i])))],
            Words = [.. panel.CategoryNames.Select((_, i) => panel.Series.Select(one => one.Categories[i]).Distinct().Order(StringComparer.Ordinal).ToArray())],
        };
    }

    /// <summary>A panel as the networks see it.</summary>
    /// <param name="panel">The series; they must have what the encoding has.</param>
    /// <param name="horizon">How many rows of the calendar follow the last value.</param>
    /// <exception cref="EngramException">A covariate is another or has no times to make the calendar from.</exception>
    public PanelRow[] Rows(SeriesPanel panel, int horizon)
    {
        Require("past covariates", Past, panel.PastNames);
        Require("covariates known ahead", Future, panel.FutureNames);
        Require("static columns", Statics, panel.StaticNames);
        Require("categories", Categories, panel.CategoryNames);
        return [.. panel.Series.Select(one => Row(panel, one, horizon))];
    }

    private PanelRow Row(SeriesPanel panel, PanelSeries one, int horizon)
    {
        var columns = new List<float[]>();
        for (int c = 0; c < ColumnScales.Count; c++)
        {
            (double mean, double deviation) = ColumnScales[c];
            columns.Add([.. Column(one, c).Values.Select(value => double.IsNaN(value) ? 0 : (float)((value - mean) / deviation))]);
        }

        if (Calendar != CalendarFeatures.None)
        {
            if (one.Times is not { } times) { throw new EngramException($"Series '{one.Name}' has no times, which the features of the calendar need."); }
            columns.AddRange(CalendarColumns.Of([.. times, .. panel.Frequency.After(times[^1], horizon)], Calendar));
        }

        float[] statics = [.. StaticScales.Select((scale, i) => (float)((one.Statics[i] - scale.Mean) / scale.Deviation))];
        int[] words = [.. Words.Select((known, i) => Math.Max(-1, Array.BinarySearch(known, one.Categories[i], StringComparer.Ordinal)) + 1)];
        return new PanelRow(one.Values, one.Count, [.. columns], statics, words);
    }

    private static Covariate Column(PanelSeries one, int c) => c < one.Past.Count ? one.Past[c] : one.Future[c - one.Past.Count];

    private static (double Mean, double Deviation) ScaleOf(IEnumerable<double> values)
    {
        double[] known = [.. values.Where(double.IsFinite)];
        if (known.Length == 0) { return (0, 1); }
        double mean = known.Average(), variance = known.Sum(value => (value - mean) * (value - mean)) / known.Length;
        return (mean, variance > 0 ? Math.Sqrt(variance) : 1);
    }

    private static void Require(string what, IReadOnlyList<string> expected, IReadOnlyList<string> got)
    {
        if (!expected.SequenceEqual(got)) { throw new EngramException($"The model was trained with the {what} {List(expected)}; these series have {List(got)}."); }
    }

    private static string List(IReadOnlyList<string> names) => names.Count == 0 ? "(none)" : string.Join(", ", names);
}
