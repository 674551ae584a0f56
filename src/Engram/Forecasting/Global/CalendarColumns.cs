namespace Engram.Forecasting;

/// <summary>Times as numbers that networks can read: each place in a cycle as the sine and the cosine of its angle.</summary>
internal static class CalendarColumns
{
    /// <summary>How many columns there are.</summary>
    public static int Count(CalendarFeatures features) => 2 * System.Numerics.BitOperations.PopCount((uint)features);

    /// <summary>The columns, one number for each time.</summary>
    public static IEnumerable<float[]> Of(DateTime[] times, CalendarFeatures features)
    {
        if (features.HasFlag(CalendarFeatures.Month)) { foreach (float[] column in Cycle(times, time => (time.Month - 1 + ((time.Day - 1) / 31.0)) / 12)) { yield return column; } }
        if (features.HasFlag(CalendarFeatures.Weekday)) { foreach (float[] column in Cycle(times, time => (int)time.DayOfWeek / 7.0)) { yield return column; } }
        if (features.HasFlag(CalendarFeatures.Hour)) { foreach (float[] column in Cycle(times, time => time.TimeOfDay.TotalDays)) { yield return column; } }
    }

    private static float[][] Cycle(DateTime[] times, Func<DateTime, double> place) =>
        [[.. times.Select(time => (float)Math.Sin(2 * Math.PI * place(time)))], [.. times.Select(time => (float)Math.Cos(2 * Math.PI * place(time)))]];
}
