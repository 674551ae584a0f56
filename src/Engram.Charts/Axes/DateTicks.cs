using System.Globalization;

namespace Engram.Charts.Axes;

/// <summary>Ticks at years, quarters, months, weeks, days, hours, minutes or seconds, as the range demands. Values are <see cref="DateTime.Ticks"/>.</summary>
internal static class DateTicks
{
    private enum Unit { Moment, Day, Month, Year }

    // Size: ticks for moments and days, months and years otherwise. Length: about how long, in ticks.
    private readonly record struct Step(Unit Unit, long Size, double Length);

    private static readonly Step[] Steps = [.. AllSteps()];

    /// <summary>An axis of exactly the given range (widened where it is a single moment) with at most <paramref name="maxTicks"/> ticks inside.</summary>
    public static Axis Within(double min, double max, int maxTicks)
    {
        if (max - min < TimeSpan.TicksPerMillisecond)
        {
            min = Math.Max(0, min - TimeSpan.TicksPerDay / 2);
            max = Math.Min(DateTime.MaxValue.Ticks - 1000, max + TimeSpan.TicksPerDay / 2);
        }
        var first = new DateTime((long)min);
        var last = new DateTime(Math.Min((long)max, DateTime.MaxValue.Ticks));
        foreach (Step step in Steps)
        {
            if ((max - min) / step.Length > maxTicks + 1)
                continue;
            List<DateTime> dates = Between(first, last, step);
            if (dates.Count <= maxTicks)
                return new Axis(min, max, IsLogarithmic: false, Label(dates, step));
        }
        throw new InvalidOperationException($"No step between dates fits {first:s} to {last:s}.");
    }

    private static List<DateTime> Between(DateTime first, DateTime last, Step step)
    {
        var dates = new List<DateTime>();
        for (long i = Index(first, step); ; i++)
        {
            if (At(i, step) is not { } date || date > last)
                return dates;
            if (date >= first)
                dates.Add(date);
        }
    }

    private static long Index(DateTime date, Step step) => step.Unit switch
    {
        Unit.Year => date.Year / step.Size,
        Unit.Month => ((date.Year - 1) * 12 + date.Month - 1) / step.Size,
        _ => date.Ticks / step.Size,
    };

    // Weeks are seven days from the first of January of the year 1, which was a Monday.
    private static DateTime? At(long index, Step step)
    {
        long value = index * step.Size;
        switch (step.Unit)
        {
            case Unit.Year:
                return value > 9999 ? null : new DateTime((int)Math.Max(value, 1), 1, 1);
            case Unit.Month:
                return value >= 9999 * 12 ? null : new DateTime((int)(value / 12) + 1, (int)(value % 12) + 1, 1);
            default:
                return value > DateTime.MaxValue.Ticks ? null : new DateTime(value);
        }
    }

    // The second line says what the first leaves open, at the first tick and wherever it changes.
    private static List<Tick> Label(List<DateTime> dates, Step step)
    {
        var ticks = new List<Tick>();
        string? previous = null;
        foreach (DateTime date in dates)
        {
            (string label, string? context) = step.Unit switch
            {
                Unit.Year => (Text(date, "yyyy"), null),
                Unit.Month => (Text(date, "MMM"), Text(date, "yyyy")),
                Unit.Day => (Text(date, "d MMM"), Text(date, "yyyy")),
                _ => (Text(date, TimeFormat(step.Size)), Text(date, "d MMM yyyy")),
            };
            ticks.Add(new Tick(date.Ticks, label, context == previous ? null : context));
            previous = context;
        }
        return ticks;
    }

    private static string TimeFormat(long size) =>
        size >= TimeSpan.TicksPerMinute ? "HH:mm" : size >= TimeSpan.TicksPerSecond ? "HH:mm:ss" : "HH:mm:ss.fff";

    private static string Text(DateTime date, string format) => date.ToString(format, CultureInfo.InvariantCulture);

    private static IEnumerable<Step> AllSteps()
    {
        foreach (int n in (int[])[1, 2, 5, 10, 20, 50, 100, 200, 500])
            yield return Moment(n * TimeSpan.TicksPerMillisecond);
        foreach (int n in (int[])[1, 2, 5, 10, 15, 30])
            yield return Moment(n * TimeSpan.TicksPerSecond);
        foreach (int n in (int[])[1, 2, 5, 10, 15, 30])
            yield return Moment(n * TimeSpan.TicksPerMinute);
        foreach (int n in (int[])[1, 2, 3, 6, 12])
            yield return Moment(n * TimeSpan.TicksPerHour);
        foreach (int n in (int[])[1, 2, 4, 7, 14])
            yield return new Step(Unit.Day, n * TimeSpan.TicksPerDay, n * TimeSpan.TicksPerDay);
        foreach (int n in (int[])[1, 3, 6])
            yield return new Step(Unit.Month, n, n * 30.44 * TimeSpan.TicksPerDay);
        foreach (int n in (int[])[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000])
            yield return new Step(Unit.Year, n, n * 365.25 * TimeSpan.TicksPerDay);
    }

    private static Step Moment(long ticks) => new(Unit.Moment, ticks, ticks);
}
