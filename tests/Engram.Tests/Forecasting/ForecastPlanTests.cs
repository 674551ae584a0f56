using Engram.Data;
using Engram.Forecasting;
using static Engram.Tests.Forecasting.SeriesToForecast;

namespace Engram.Tests.Forecasting;

public class ForecastPlanTests
{
    [Fact]
    public void AirlinePassengersHaveAYearlySeasonAndGrowByFactors()
    {
        ForecastPlan plan = ForecastPlan.Create(Airline, new ForecastOptions { TestRows = 12 });
        Assert.Equal(12, plan.Season.Length);
        Assert.False(plan.Season.IsGiven);
        Assert.Equal(0.92, Assert.Single(plan.Season.Candidates).Score!.Value, 0.06);
        Assert.True(plan.Scale.Log);
        Assert.Equal((108, 24, 12), (plan.Split.Train.Count, plan.Split.Validation.Count, plan.Split.Test.Count));
        Assert.All(plan.Windows, length => Assert.Equal(36, length));
    }

    [Fact]
    public void AWaveAroundZeroHasItsPeriodAndNoLogarithm()
    {
        ForecastPlan plan = ForecastPlan.Create(Daily(Wave(140, 7, 0.01, 0.3, 1)), new ForecastOptions { Horizon = 7 });
        Assert.Equal(7, plan.Season.Length);
        Assert.False(plan.Scale.Log);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void AWalkHasNoSeason(long seed)
    {
        double[] steps = Noise(300, seed);
        for (int i = 1; i < steps.Length; i++) { steps[i] += steps[i - 1]; }
        Assert.Equal(1, ForecastPlan.Create(Daily(steps), new ForecastOptions()).Season.Length);
        Assert.Equal(1, ForecastPlan.Create(new TimeSeries("walk", steps), new ForecastOptions()).Season.Length);
    }

    [Fact]
    public void WithoutTimesCommonSeasonsAreTried()
    {
        SeasonChoice season = ForecastPlan.Create(new TimeSeries("wave", Wave(200, 24, 0, 0.2, 4)), new ForecastOptions()).Season;
        Assert.Equal(24, season.Length);
        Assert.Equal([4, 7, 12, 24, 48, 52, 168, 336], season.Candidates.Select(candidate => candidate.Length));
        Assert.Null(season.Candidates[^1].Score); // 160 training rows hold no three seasons of 336
    }

    [Theory]
    [InlineData(FrequencyUnit.Month, 1, new[] { 12 })]
    [InlineData(FrequencyUnit.Month, 3, new[] { 4 })]
    [InlineData(FrequencyUnit.Month, 12, new int[0])]
    [InlineData(FrequencyUnit.Day, 1, new[] { 7 })]
    [InlineData(FrequencyUnit.Day, 7, new[] { 52 })]
    [InlineData(FrequencyUnit.BusinessDay, 1, new[] { 5 })]
    [InlineData(FrequencyUnit.Second, 3600, new[] { 24, 168 })]
    [InlineData(FrequencyUnit.Second, 1800, new[] { 48, 336 })]
    [InlineData(FrequencyUnit.Second, 60, new[] { 60, 1440 })]
    public void TheFrequencySaysWhatIsTried(FrequencyUnit unit, int step, int[] expected) =>
        Assert.Equal(expected, SeasonFinder.Candidates(new Frequency(unit, step)));

    [Theory]
    [InlineData(132, 12, 12, new[] { 36, 36, 36, 36, 36 })]
    [InlineData(48, 12, 24, new[] { 24, 24, 24, 24, 24 })] // 48 - 36 leaves fewer than two seasons
    [InlineData(3984, 336, 48, new[] { 672, 672, 672, 672, 672 })]
    [InlineData(132, 1, 12, new[] { 8, 12, 16, 20, 24 })]
    [InlineData(24, 1, 6, new[] { 4, 6, 8, 10, 12 })]
    public void WindowsFollowSeasonAndRows(int n, int season, int horizon, int[] expected) =>
        Assert.Equal(expected, WindowPlan.Lengths(n, season, horizon, 5));

    [Theory]
    [InlineData(132, 12, 12, 24)]
    [InlineData(60, 12, 12, 15)] // no more than a quarter
    [InlineData(3984, 336, 48, 336)]
    [InlineData(200, 1, 3, 40)]
    [InlineData(200, 1, 48, 48)]
    public void ValidationRowsFollowSeasonAndHorizon(int n, int season, int horizon, int expected) =>
        Assert.Equal(expected, WindowPlan.ValidationRows(n, season, horizon));

    [Fact]
    public void OriginsAreThinnedEvenlyFromTheFirstToTheLast()
    {
        Assert.Equal([5, 6, 7, 8], WindowPlan.Spread(5, 9, 4));
        Assert.Equal([10, 13, 16, 19], WindowPlan.Spread(10, 20, 4));
    }

    [Fact]
    public void OnlyTrainingRowsDecide()
    {
        TimeSeries other = With(Airline, values =>
        {
            for (int i = 120; i < values.Length; i++) { values[i] = -5 * (i % 7); }
        });
        ForecastPlan plan = ForecastPlan.Create(other, new ForecastOptions { TestRows = 24 });
        ForecastPlan unchanged = ForecastPlan.Create(Airline, new ForecastOptions { TestRows = 24 });
        Assert.True(plan.Scale.Log);
        Assert.Equal(unchanged.Season.Candidates, plan.Season.Candidates);
        Assert.Equal(unchanged.Z[..120], plan.Z[..120]);
        Assert.All(plan.Z, z => Assert.True(double.IsFinite(z)));
    }

    [Fact]
    public void BelowTheFloorTheLogarithmGoesOnStraight()
    {
        ForecastScale scale = ForecastScale.LogarithmOf([8, 4, 6]);
        double[] z = scale.Forward([2, 1, 0, -2, 5]);
        Assert.Equal(2, scale.Floor);
        Near(Math.Log(2), z[0], 1e-15);
        Near(Math.Log(2) - 0.5, z[1], 1e-15);
        Near(Math.Log(2) - 1, z[2], 1e-15);
        Near(Math.Log(2) - 2, z[3], 1e-15);
        Near(5, scale.Back(z[4]), 1e-12);
    }

    [Fact]
    public void AShareIsTakenUpToTheHorizon()
    {
        ForecastPlan plan = ForecastPlan.Create(Yearly(Noise(36, 6)), new ForecastOptions { Horizon = 12 });
        Assert.Equal(12, plan.Split.Test.Count);
        Assert.Contains(plan.Notes, note => note.Contains("12 rows instead of 7", StringComparison.Ordinal));
        plan = ForecastPlan.Create(Yearly(Noise(30, 6)), new ForecastOptions { Horizon = 12 });
        Assert.Equal(6, plan.Split.Test.Count);
        Assert.Contains(plan.Notes, note => note.Contains("only the first 6 steps", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatCannotBeDoneIsRefusedWithTheNumbers()
    {
        void Refused(double[] values, ForecastOptions options, params string[] words)
        {
            string message = Assert.Throws<EngramException>(() => Forecaster.Run(Daily(values), options)).Message;
            Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
        }

        Refused(Noise(29, 1), new ForecastOptions { Horizon = 1 }, "29", "30");
        Refused(Noise(40, 1), new ForecastOptions { Horizon = 1, TestRows = 17 }, "17", "23", "16 rows or fewer");
        Refused(Noise(40, 1), new ForecastOptions { Horizon = 1, TestShare = 0.5 }, "0.5", "20", "24");
        Refused(Noise(60, 1), new ForecastOptions { Horizon = 25, TestRows = 12 }, "25", "24 or less");
        Refused(Noise(60, 1), new ForecastOptions { Horizon = int.MaxValue, TestRows = 12 }, "24 or less");
        Refused(Noise(60, 1), new ForecastOptions { Horizon = 2, Season = 20 }, "20", "60", "48");
        Refused(Noise(60, 1), new ForecastOptions { Horizon = 2, Season = int.MaxValue }, "6442450941", "48");
        Refused(Noise(60, 1), new ForecastOptions { Horizon = 2, Log = true }, "row");
        Refused(Noise(60, 1), new ForecastOptions { Horizon = 2, Season = 1, Window = 38 }, "38", "35 or less");
        double[] missing = Noise(60, 1);
        missing[17] = double.NaN;
        Assert.Contains("17", Assert.Throws<EngramException>(() => Forecaster.Run(Daily(missing))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsAreCheckedWhenSet()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastOptions { Horizon = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastOptions { TestShare = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastOptions { TestShare = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastOptions { TestRows = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastOptions { Networks = 101 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastOptions { Cell = (RecurrentKind)3 });
        Assert.Throws<ArgumentException>(() => new ForecastOptions { Intervals = [95, 80] });
        Assert.Throws<ArgumentException>(() => new ForecastOptions { Intervals = [100] });
    }
}
