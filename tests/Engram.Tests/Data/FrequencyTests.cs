using Engram.Data;

namespace Engram.Tests.Data;

public sealed class FrequencyTests
{
    public static TheoryData<string, FrequencyUnit, int, int, string> Kinds => new()
    {
        { "yearly", FrequencyUnit.Month, 12, 1, "1990-01-01" },
        { "quarterly", FrequencyUnit.Month, 3, 1, "1990-01-01" },
        { "quarterly", FrequencyUnit.Month, 3, 31, "1990-03-31" },
        { "monthly", FrequencyUnit.Month, 1, 1, "1949-01-01" },
        { "monthly", FrequencyUnit.Month, 1, 31, "2023-11-30" },
        { "monthly", FrequencyUnit.Month, 1, 30, "2023-01-30" },
        { "monthly", FrequencyUnit.Month, 1, 15, "2023-01-15" },
        { "weekly", FrequencyUnit.Day, 7, 1, "2024-01-03" },
        { "daily", FrequencyUnit.Day, 1, 1, "2024-02-25" },
        { "business-daily", FrequencyUnit.BusinessDay, 1, 1, "2024-02-26" },
        { "hourly", FrequencyUnit.Second, 3600, 1, "2024-02-28 22:00" },
        { "half-hourly", FrequencyUnit.Second, 1800, 1, "2024-02-28 22:00" },
        { "every 15 minutes", FrequencyUnit.Second, 900, 1, "2024-02-28 22:00" },
        { "every 10 minutes", FrequencyUnit.Second, 600, 1, "2024-02-28 22:00" },
        { "every 5 minutes", FrequencyUnit.Second, 300, 1, "2024-02-28 22:00" },
        { "every minute", FrequencyUnit.Second, 60, 1, "2024-02-28 22:00" },
        { "every second", FrequencyUnit.Second, 1, 1, "2024-02-28 22:00" },
        { "every 7 seconds", FrequencyUnit.Second, 7, 1, "2024-02-28 22:00" },
        { "every 4 hours", FrequencyUnit.Second, 14400, 1, "2024-02-28 22:00" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_frequency_is_inferred_from_the_times_it_makes_even_with_gaps(string name, FrequencyUnit unit, int step, int day, string start)
    {
        var frequency = new Frequency(unit, step, day);
        Assert.Equal(name, frequency.Name);
        DateTime first = DateTime.Parse(start, System.Globalization.CultureInfo.InvariantCulture);
        DateTime[] times = [first, .. frequency.After(first, 40)];
        Frequency found = Frequency.Infer(times);
        Assert.Equal((unit, step), (found.Unit, found.Step));
        Assert.Equal(frequency.After(times[^1], 30), found.After(times[^1], 30));
        Assert.Equal(times[^6], found.Next(times[^1], -5));

        DateTime[] gappy = [.. times.Where((_, i) => i is not (3 or 4 or 17 or 25 or 39))];
        Assert.Equal(name, Frequency.Infer(gappy).Name);
        Assert.Equal(41, found.Grid(times[0], times[^1], 100)!.Count);
    }

    [Fact]
    public void Month_ends_stay_month_ends()
    {
        DateTime[] times = [new(2023, 11, 30), new(2023, 12, 31), new(2024, 1, 31)];
        Assert.Equal([new(2024, 2, 29), new(2024, 3, 31), new(2024, 4, 30)], Frequency.Infer(times).After(times[^1], 3));
        DateTime[] quarters = [new(2023, 6, 30), new(2023, 9, 30)];
        Assert.Equal(new DateTime(2023, 12, 31), Frequency.Infer(quarters).Next(quarters[^1]));
    }

    [Fact]
    public void Times_without_a_fixed_step_are_irregular()
    {
        DateTime start = new(2024, 1, 1, 7, 0, 0);
        Assert.Equal(Frequency.Irregular, Frequency.Infer([]));
        Assert.Equal(Frequency.Irregular, Frequency.Infer([start]));
        Assert.Equal(Frequency.Irregular, Frequency.Infer([start, start.AddHours(1), start.AddHours(2), start.AddHours(2.5)]));
        Assert.Equal(Frequency.Irregular, Frequency.Infer([start, start.AddHours(1), start.AddHours(900)]));
        Assert.Equal(Frequency.Irregular, Frequency.Infer([start, start.AddMilliseconds(10), start.AddMilliseconds(20)]));
        Assert.Throws<EngramException>(() => Frequency.Irregular.Next(start));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Frequency(FrequencyUnit.Day, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Frequency(FrequencyUnit.Month, 1, 32));
    }

    [Fact]
    public void The_end_of_all_times_ends_the_grid()
    {
        DateTime[] times = [new(9998, 12, 30), new(9998, 12, 31), new(9999, 1, 1)];
        Assert.Equal("daily", Frequency.Infer(times).Name);
        Assert.Equal("yearly", Frequency.Infer([new(9997, 1, 1), new(9998, 1, 1), new(9999, 1, 1)]).Name);
    }
}
