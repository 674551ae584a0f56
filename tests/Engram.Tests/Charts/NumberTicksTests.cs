using Engram.Charts.Axes;

namespace Engram.Tests.Charts;

public class NumberTicksTests
{
    [Fact]
    public void Covering_axes_are_nice_and_hold_every_range()
    {
        foreach (var (min, max) in Ranges(2000))
        {
            Axis axis = NumberTicks.Covering(min, max, 6);
            string about = $"{min:R} to {max:R}";
            Assert.True(axis.Ticks.Count is >= 2 and <= 6, $"{axis.Ticks.Count} ticks for {about}");
            double slack = 2e-6 * (axis.Ticks[1].Value - axis.Ticks[0].Value);
            Assert.True(axis.Min <= min + slack && axis.Max >= max - slack, $"{axis.Min:R} to {axis.Max:R} does not cover {about}");
            AssertNice(axis, about);
        }
    }

    [Fact]
    public void Axes_within_a_range_are_nice_and_do_not_leave_it()
    {
        foreach (var (min, max) in Ranges(2000))
        {
            Axis axis = NumberTicks.Within(min, max, 8);
            string about = $"{min:R} to {max:R}";
            Assert.True(axis.Ticks.Count is >= 2 and <= 8, $"{axis.Ticks.Count} ticks for {about}");
            Assert.True(axis.Min <= min && axis.Max >= max, $"{axis.Min:R} to {axis.Max:R} does not cover {about}");
            Assert.All(axis.Ticks, tick => Assert.InRange(axis.Fraction(tick.Value), -1e-5, 1 + 1e-5));
            AssertNice(axis, about);
        }
    }

    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(-3, 12, "−5 0 5 10 15")]
    [InlineData(0, 23456, "0 5,000 10,000 15,000 20,000 25,000")]
    [InlineData(0, 4.2e6, "0 1 M 2 M 3 M 4 M 5 M")]
    [InlineData(0, 7.7e9, "0 2 G 4 G 6 G 8 G")]
    [InlineData(0, 4.4e-7, "0 1×10⁻⁷ 2×10⁻⁷ 3×10⁻⁷ 4×10⁻⁷ 5×10⁻⁷")]
    [InlineData(1000000.001, 1000000.0043, "1,000,000.001 1,000,000.002 1,000,000.003 1,000,000.004 1,000,000.005")]
    [InlineData(7, 7, "6.4 6.6 6.8 7.0 7.2 7.4 7.6")]
    [InlineData(0, 0, "−1.0 −0.5 0 0.5 1.0")]
    public void Labels_read_well(double min, double max, string expected) =>
        Assert.Equal(expected, string.Join(' ', NumberTicks.Covering(min, max, 7).Ticks.Select(tick => tick.Label)));

    [Fact]
    public void Whole_numbers_are_not_split() =>
        Assert.Equal(["1", "2", "3"], NumberTicks.Within(1, 3, 10, smallestStep: 1).Ticks.Select(tick => tick.Label));

    [Fact]
    public void Logarithmic_axes_cover_every_range_of_positive_numbers()
    {
        var random = new Random(5);
        for (int i = 0; i < 2000; i++)
        {
            double min = Math.Pow(10, random.NextDouble() * 560 - 290);
            double max = Math.Min(1e300, min * Math.Pow(10, random.NextDouble() * Math.Pow(10, random.NextDouble() * 4 - 2)));
            max = Math.Max(min, max);
            Axis axis = LogTicks.Covering(min, max, 6);
            string about = $"{min:R} to {max:R}: {string.Join(' ', axis.Ticks.Select(tick => tick.Label))}";
            Assert.True(axis.IsLogarithmic && axis.Min > 0 && axis.Ticks.Count is >= 2 and <= 9, about);
            Assert.True(axis.Min <= min * (1 + 1e-6) && axis.Max >= max * (1 - 1e-6), about);
            Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(tick => tick.Label).Distinct().Count());
            Assert.InRange(axis.Fraction(Math.Sqrt(min) * Math.Sqrt(max)), -1e-6, 1 + 1e-6);
        }
    }

    [Theory]
    [InlineData(0.02, 0.9, "0.01 0.1 1")]
    [InlineData(3e-28, 2, "10⁻²⁵ 10⁻²⁰ 10⁻¹⁵ 10⁻¹⁰ 10⁻⁵ 10⁰")]
    [InlineData(0.3, 0.7, "0.3 0.4 0.5 0.6 0.7")]
    [InlineData(0.05, 4, "0.05 0.1 0.2 0.5 1 2 5")]
    [InlineData(10, 10, "1 10 100")]
    public void Logarithmic_labels_read_well(double min, double max, string expected)
    {
        IReadOnlyList<Tick> ticks = LogTicks.Covering(min, max, expected.Length > 20 ? 10 : 6).Ticks;
        Assert.Equal(expected, string.Join(' ', ticks.Select(tick => tick.Label)));
    }

    // Constant, tiny, huge, negative, far from zero.
    private static IEnumerable<(double Min, double Max)> Ranges(int count)
    {
        yield return (0, 0);
        yield return (-3, -3);
        yield return (1e300, 1e300);
        yield return (-1e300, 1e300);
        yield return (5e-324, 1e-300);
        yield return (0.1, Math.BitIncrement(0.1));
        yield return (1e9, 1e9 + 1);
        var random = new Random(3);
        for (int i = 0; i < count; i++)
        {
            double size = Math.Pow(10, random.NextDouble() * 560 - 275);
            double center = (random.NextDouble() * 2 - 1) * size * (i % 3 == 0 ? 1000 : 1);
            yield return (Math.Max(-1e300, center - random.NextDouble() * size), Math.Min(1e300, center + random.NextDouble() * size));
        }
    }

    private static void AssertNice(Axis axis, string about)
    {
        double step = axis.Ticks[1].Value - axis.Ticks[0].Value;
        double mantissa = step / Math.Pow(10, Math.Floor(Math.Log10(step * 1.0001)));
        Assert.True(new[] { 1.0, 2, 5 }.Any(nice => Math.Abs(mantissa - nice) < 0.01), $"step {step:R} for {about}");
        for (int i = 1; i < axis.Ticks.Count; i++)
            Assert.True(Math.Abs(axis.Ticks[i].Value - axis.Ticks[i - 1].Value - step) < 0.01 * step, $"uneven ticks for {about}");
        Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(tick => tick.Label).Distinct().Count());
    }
}
