using System.Globalization;
using Engram.Charts;

namespace Engram.Tests.Charts;

public class NumberTextTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1234.56, "1,235")]
    [InlineData(9.99961, "10.00")]
    [InlineData(-0.0123456, "−0.01235")]
    [InlineData(1234567.8, "1,234,568")]
    [InlineData(1.2344e-7, "1.234×10⁻⁷")]
    [InlineData(6.02214e23, "6.022×10²³")]
    [InlineData(5e-324, "4.941×10⁻³²⁴")]
    [InlineData(double.MaxValue, "1.798×10³⁰⁸")]
    [InlineData(double.NaN, "–")]
    [InlineData(double.NegativeInfinity, "−∞")]
    public void Significant_digits(double value, string expected) => Assert.Equal(expected, NumberText.Significant(value));

    [Theory]
    [InlineData(1234.567, 1, "1,234.6")]
    [InlineData(-0.04, 1, "0.0")]
    [InlineData(-12.5, 2, "−12.50")]
    [InlineData(3e20, 2, "3.00000×10²⁰")]
    [InlineData(double.NaN, 2, "–")]
    public void Fixed_decimals(double value, int decimals, string expected) => Assert.Equal(expected, NumberText.Decimals(value, decimals));

    [Fact]
    public void The_culture_of_the_machine_does_not_matter()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        odd.NumberFormat.NumberDecimalSeparator = ",";
        odd.NumberFormat.NumberGroupSeparator = "'";
        odd.NumberFormat.NegativeSign = "~";
        var chart = new LineChart { Title = "t", Lines = [new LineSeries("a", [-1.5, 0.25, 2.5], [-1234.5, 0.5, 99.25])], YMin = -1.5 };
        string expected = chart.ToSvg();
        try
        {
            CultureInfo.CurrentCulture = odd;
            Assert.Equal(expected, chart.ToSvg());
            Assert.Equal("−1,234.50", NumberText.Decimals(-1234.5, 2));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Impossible_digits_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberText.Significant(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberText.Decimals(1, 16));
    }
}
