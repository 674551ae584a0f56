using Engram.Charts.Axes;

namespace Engram.Tests.Charts;

public class DateTicksTests
{
    [Theory]
    [InlineData("2001-03-05", "2024-02-01", "2005 2010 2015 2020")]
    [InlineData("2023-11-20", "2024-05-10", "Dec|2023 Jan|2024 Feb Mar Apr May")]
    [InlineData("2023-02-20", "2024-05-10", "Apr|2023 Jul Oct Jan|2024 Apr")]
    [InlineData("2024-02-26", "2024-03-02", "26_Feb|2024 27_Feb 28_Feb 29_Feb 1_Mar 2_Mar")]
    [InlineData("2024-02-27", "2024-04-01", "4_Mar|2024 11_Mar 18_Mar 25_Mar 1_Apr")]
    [InlineData("2024-02-26 20:00", "2024-02-27 05:00", "20:00|26_Feb_2024 22:00 00:00|27_Feb_2024 02:00 04:00")]
    [InlineData("2024-02-26 20:00:00", "2024-02-26 20:00:04", "20:00:00|26_Feb_2024 20:00:01 20:00:02 20:00:03 20:00:04")]
    public void Dates_are_labelled_by_what_the_range_demands(string from, string to, string expected)
    {
        Axis axis = DateTicks.Within(Ticks(from), Ticks(to), 6);
        string labels = string.Join(' ', axis.Ticks.Select(tick =>
            (tick.Context is null ? tick.Label : $"{tick.Label}|{tick.Context}").Replace(' ', '_')));
        Assert.Equal(expected, labels);
    }

    [Fact]
    public void Ticks_lie_within_every_range_in_order_and_say_different_things()
    {
        var random = new Random(8);
        for (int i = 0; i < 2000; i++)
        {
            // From a fraction of a second to all time.
            long span = (long)Math.Pow(10, 4 + random.NextDouble() * 14.49);
            long start = random.NextInt64(0, DateTime.MaxValue.Ticks - span);
            Axis axis = DateTicks.Within(start, start + span, 7);
            Assert.InRange(axis.Ticks.Count, 1, 7);
            for (int k = 0; k < axis.Ticks.Count; k++)
            {
                Assert.InRange(axis.Ticks[k].Value, axis.Min, axis.Max);
                Assert.True(k == 0 || axis.Ticks[k].Value > axis.Ticks[k - 1].Value);
            }
            string context = "";
            var labels = axis.Ticks.Select(tick => $"{tick.Label} {context = tick.Context ?? context}").ToList();
            Assert.Equal(labels.Count, labels.Distinct().Count());
        }
    }

    [Fact]
    public void The_ends_of_time_and_single_moments_have_an_axis()
    {
        Assert.NotEmpty(DateTicks.Within(0, DateTime.MaxValue.Ticks, 5).Ticks);
        Assert.NotEmpty(DateTicks.Within(0, 0, 5).Ticks);
        Assert.NotEmpty(DateTicks.Within(DateTime.MaxValue.Ticks, DateTime.MaxValue.Ticks, 5).Ticks);
    }

    private static double Ticks(string date) => DateTime.Parse(date, System.Globalization.CultureInfo.InvariantCulture).Ticks;
}
