using Engram.Forecasting;

namespace Engram.Tests.Forecasting;

public class ConformalTests
{
    [Fact]
    public void TheWidthIsTheErrorOfTheCorrectedRank()
    {
        // Nine errors: k = ceil(10 x 0.8) = 8, and ceil(10 x 0.5) = 5.
        double[][] widths = Conformal.HalfWidths([[9, 1, 8, 2, 7, 3, 6, 4, 5]], [50, 80]);
        Assert.Equal([5], widths[0]);
        Assert.Equal([8], widths[1]);
    }

    [Theory]
    [InlineData(19, 95, 19)]
    [InlineData(18, 95, 19)] // more than there are: the level cannot be promised
    [InlineData(4, 80, 4)]
    [InlineData(99, 90, 90)]
    public void RanksHaveTheFiniteSampleCorrection(int errors, double level, int expected) => Assert.Equal(expected, Conformal.Rank(errors, level));

    [Fact]
    public void WithTooFewErrorsTheLargestIsTaken() => Assert.Equal(3, Conformal.HalfWidths([[3, 1, 2]], [95])[0][0]);

    [Fact]
    public void StepsWithFewErrorsBorrowFromTheirNeighbours()
    {
        // 80 % asks for ten errors. Step 0 takes step 1 as well: of 1..6 and 11..16 the rank is ceil(13 x 0.8) = 11.
        double[][] widths = Conformal.HalfWidths([[1, 2, 3, 4, 5, 6], [11, 12, 13, 14, 15, 16], [21, 22, 23, 24, 25, 26, 27, 28, 29, 30]], [80]);
        Assert.Equal(15, widths[0][0]);
        Assert.Equal(29, widths[0][2]); // ten of its own: ceil(11 x 0.8) = 9
    }

    [Fact]
    public void WidthsNeverShrinkWithTheStep()
    {
        var errors = Enumerable.Range(0, 5).Select(step => Enumerable.Range(1, 20).Select(i => i * (step == 2 ? 0.1 : 1.0 + step)).ToList()).ToList();
        foreach (double[] widths in Conformal.HalfWidths(errors, [50, 80])) { Assert.Equal(widths.Order(), widths); }
    }
}
