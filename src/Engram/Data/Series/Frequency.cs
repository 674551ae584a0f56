namespace Engram.Data;

/// <summary>The unit in which the times of a series advance.</summary>
public enum FrequencyUnit
{
    /// <summary>No fixed step, or no times.</summary>
    Irregular,

    /// <summary>Seconds.</summary>
    Second,

    /// <summary>Days.</summary>
    Day,

    /// <summary>Days from Monday to Friday.</summary>
    BusinessDay,

    /// <summary>Calendar months.</summary>
    Month,
}

/// <summary>How the times of a series advance: so many seconds, days, weekdays or months from one to the next.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Step">How many units; 3 months are a quarter, 7 days a week.</param>
/// <param name="Day">The day of the month where the unit is a month; 31 stands for its end, whatever its length.</param>
public sealed record Frequency(FrequencyUnit Unit, int Step = 1, int Day = 1)
{
    /// <summary>How many units; 1 or more.</summary>
    public int Step { get; } = Step > 0 ? Step : throw new ArgumentOutOfRangeException(nameof(Step), Step, "A step must be 1 or more.");

    /// <summary>The day of the month where the unit is a month; 31 stands for its end, whatever its length.</summary>
    public int Day { get; } = Day is >= 1 and <= 31 ? Day : throw new ArgumentOutOfRangeException(nameof(Day), Day, "A day of the month lies in 1 to 31.");

    /// <summary>No fixed step, or no times.</summary>
    public static Frequency Irregular { get; } = new(FrequencyUnit.Irregular);

    /// <summary>The name: <c>monthly</c>, <c>hourly</c>, <c>every 15 minutes</c>.</summary>
    public string Name => (Unit, Step) switch
    {
        (FrequencyUnit.Irregular, _) => "irregular",
        (FrequencyUnit.BusinessDay, 1) => "business-daily",
        (FrequencyUnit.Day, 1) => "daily",
        (FrequencyUnit.Day, 7) => "weekly",
        (FrequencyUnit.Month, 1) => "monthly",
        (FrequencyUnit.Month, 3) => "quarterly",
        (FrequencyUnit.Month, 12) => "yearly",
        (FrequencyUnit.Second, 1) => "every second",
        (FrequencyUnit.Second, 60) => "every minute",
        (FrequencyUnit.Second, 1800) => "half-hourly",
        (FrequencyUnit.Second, 3600) => "hourly",
        (FrequencyUnit.Second, _) when Step % 3600 == 0 => $"every {Step / 3600} hours",
        (FrequencyUnit.Second, _) when Step % 60 == 0 => $"every {Step / 60} minutes",
        (FrequencyUnit.Second, _) => $"every {Step} seconds",
        (FrequencyUnit.Month, _) when Step % 12 == 0 => $"every {Step / 12} years",
        _ => $"every {Step} {(Unit == FrequencyUnit.Month ? "months" : Unit == FrequencyUnit.Day ? "days" : "business days")}",
    };

    /// <summary>The time so many steps after one that lies on the grid (before it, where <paramref name="steps"/> is negative).</summary>
    /// <exception cref="EngramException">The series is irregular: nothing tells its next time.</exception>
    public DateTime Next(DateTime time, int steps = 1)
    {
        int units = checked(steps * Step);
        switch (Unit)
        {
            case FrequencyUnit.Second:
                return time.AddSeconds(units);
            case FrequencyUnit.Day:
                return time.AddDays(units);
            case FrequencyUnit.Month:
                DateTime first = new DateTime(time.Year, time.Month, 1).AddMonths(units);
                return first.AddDays(Math.Min(Day, DateTime.DaysInMonth(first.Year, first.Month)) - 1) + time.TimeOfDay;
            case FrequencyUnit.BusinessDay:
                for (int left = Math.Abs(units); left > 0;)
                {
                    time = time.AddDays(Math.Sign(units));
                    if (!IsWeekend(time)) { left--; }
                }

                return time;
            default:
                throw new EngramException("The series is irregular: its next time is not known. Give it times with a fixed step, or use it without times.");
        }
    }

    /// <summary>The times that follow <paramref name="last"/>.</summary>
    /// <exception cref="EngramException">The series is irregular.</exception>
    public DateTime[] After(DateTime last, int count)
    {
        var times = new DateTime[count];
        for (int i = 0; i < count; i++) { times[i] = last = Next(last); }
        return times;
    }

    /// <summary>
    /// The frequency of times in ascending order. Times may be missing: at least half of the grid between the first and the last must
    /// be there, and every time must lie on it. Otherwise the series is irregular.
    /// </summary>
    /// <param name="times">Times in ascending order, each once.</param>
    public static Frequency Infer(ReadOnlySpan<DateTime> times)
    {
        if (times.Length < 2) { return Irregular; }
        Frequency found = Months(times) ?? FixedStep(times);
        return found.Unit != FrequencyUnit.Irregular && found.Grid(times[0], times[^1], 2 * times.Length) is null ? Irregular : found;
    }

    /// <summary>All times from the first to the last, which lies on the grid; null where there would be more than <paramref name="most"/>.</summary>
    internal List<DateTime>? Grid(DateTime first, DateTime last, int most)
    {
        var grid = new List<DateTime>();
        for (DateTime time = first; time < last && grid.Count < most; time = Next(time)) { grid.Add(time); }
        if (grid.Count == most) { return null; }
        grid.Add(last);
        return grid;
    }

    private static bool IsWeekend(DateTime time) => time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;

    private static Frequency? Months(ReadOnlySpan<DateTime> times)
    {
        int day = 0;
        bool ends = true;
        foreach (DateTime time in times)
        {
            if (time.TimeOfDay != times[0].TimeOfDay) { return null; }
            day = Math.Max(day, time.Day);
            ends &= time.Day == DateTime.DaysInMonth(time.Year, time.Month);
        }

        if (ends) { day = 31; }
        var steps = new Dictionary<long, int>();
        for (int i = 0; i < times.Length; i++)
        {
            if (times[i].Day != Math.Min(day, DateTime.DaysInMonth(times[i].Year, times[i].Month))) { return null; }
            if (i > 0) { Count(steps, (12L * (times[i].Year - times[i - 1].Year)) + times[i].Month - times[i - 1].Month); }
        }

        long step = MostFrequent(steps);
        return step > 0 && steps.Keys.All(other => other % step == 0) ? new Frequency(FrequencyUnit.Month, (int)step, day) : null;
    }

    private static Frequency FixedStep(ReadOnlySpan<DateTime> times)
    {
        var steps = new Dictionary<long, int>();
        bool weekend = IsWeekend(times[0]);
        for (int i = 1; i < times.Length; i++)
        {
            Count(steps, (times[i] - times[i - 1]).Ticks);
            weekend |= IsWeekend(times[i]);
        }

        long step = MostFrequent(steps);
        if (step <= 0 || steps.Keys.Any(other => other % step != 0)) { return Irregular; }
        if (step == TimeSpan.TicksPerDay)
        {
            // Five days in a row say nothing about weekends; a series that skips one does.
            bool skipped = (times[^1] - times[0]).TotalDays > 6 && !weekend;
            return new Frequency(skipped ? FrequencyUnit.BusinessDay : FrequencyUnit.Day);
        }

        if (step % TimeSpan.TicksPerDay == 0) { return new Frequency(FrequencyUnit.Day, (int)(step / TimeSpan.TicksPerDay)); }
        return step % TimeSpan.TicksPerSecond == 0 && step / TimeSpan.TicksPerSecond <= int.MaxValue
            ? new Frequency(FrequencyUnit.Second, (int)(step / TimeSpan.TicksPerSecond))
            : Irregular;
    }

    private static void Count(Dictionary<long, int> steps, long step) => steps[step] = steps.GetValueOrDefault(step) + 1;

    /// <summary>The most frequent step, the smallest among equals.</summary>
    private static long MostFrequent(Dictionary<long, int> steps) => steps.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;
}
