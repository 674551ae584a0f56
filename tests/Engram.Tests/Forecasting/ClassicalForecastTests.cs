using Engram.Forecasting;
using static Engram.Tests.Forecasting.SeriesToForecast;

namespace Engram.Tests.Forecasting;

public class ClassicalForecastTests
{
    [Fact]
    public void SeasonalNaiveRepeatsTheLastSeason()
    {
        double[] z = Noise(20, 1);
        double[,] forecast = ClassicalForecast.Fit(ClassicalKind.SeasonalNaive, z, 12, 3).Forecast(z, [12, 20], 5);
        for (int j = 0; j < 5; j++)
        {
            Assert.Equal(z[9 + (j % 3)], forecast[0, j]);
            Assert.Equal(z[17 + (j % 3)], forecast[1, j]);
        }
    }

    [Fact]
    public void DriftAddsTheMeanChangeOfTheTrainingRows()
    {
        double[] z = Noise(20, 2);
        double change = (z[11] - z[0]) / 11;
        double[,] forecast = ClassicalForecast.Fit(ClassicalKind.SeasonalNaiveWithDrift, z, 12, 1).Forecast(z, [15], 3);
        for (int j = 0; j < 3; j++) { Near(z[14] + ((j + 1) * change), forecast[0, j], 1e-12); }

        double bySeason = (z[6..12].Average() - z[..6].Average()) / 6;
        forecast = ClassicalForecast.Fit(ClassicalKind.SeasonalNaiveWithDrift, z, 12, 6).Forecast(z, [15], 8);
        Near(z[9] + (6 * bySeason), forecast[0, 0], 1e-12);
        Near(z[10] + (12 * bySeason), forecast[0, 7], 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void HoltContinuesALineWithASeasonExactly(int season)
    {
        double[] pattern = Noise(season, 8);
        double[] z = [.. Enumerable.Range(0, 60).Select(i => 5 + (0.25 * i) + (season > 1 ? pattern[i % season] : 0))];
        double[,] forecast = ClassicalForecast.Fit(ClassicalKind.Holt, z, 40, season).Forecast(z, [40, 47], 10);
        for (int j = 0; j < 10; j++)
        {
            Near(z[40 + j], forecast[0, j], 1e-9);
            Near(z[47 + j], forecast[1, j], 1e-9);
        }
    }

    [Fact]
    public void HoltFollowsItsRecursion()
    {
        double[] z = Wave(50, 5, 0.1, 1, 9);
        ClassicalForecast holt = ClassicalForecast.Fit(ClassicalKind.DampedHolt, z, 45, 5);
        double level = 0, trend = holt.InitialTrend;
        for (int i = 0; i < 4; i++) { level += (z[i] - holt.Seasonal[i]) / 4; }
        for (int i = 0; i < 47; i++)
        {
            double error = z[i] - holt.Seasonal[i % 5] - level - (holt.Phi * trend);
            (level, trend) = (level + (holt.Phi * trend) + (holt.Alpha * error), (holt.Phi * trend) + (holt.Alpha * holt.Beta * error));
        }

        double[,] forecast = holt.Forecast(z, [47], 2);
        Near(level + (holt.Phi * trend) + holt.Seasonal[2], forecast[0, 0], 1e-10);
        Near(level + ((holt.Phi + (holt.Phi * holt.Phi)) * trend) + holt.Seasonal[3], forecast[0, 1], 1e-10);
        Near(0, holt.Seasonal.Sum(), 1e-12);
        Assert.True(holt.Phi is 0.9 or 0.95);
    }

    [Fact]
    public void ParametersComeFromTrainingRowsAndForecastsFromRowsBeforeTheOrigin()
    {
        double[] z = Wave(60, 4, 0.1, 1, 10), other = [.. z];
        other[40] += 50;
        foreach (ClassicalKind kind in Enum.GetValues<ClassicalKind>())
        {
            double[,] a = ClassicalForecast.Fit(kind, z, 40, 4).Forecast(z, [40, 41], 4);
            double[,] b = ClassicalForecast.Fit(kind, other, 40, 4).Forecast(other, [40, 41], 4);
            for (int j = 0; j < 4; j++) { Assert.Equal(a[0, j], b[0, j]); }
            Assert.Contains(Enumerable.Range(0, 4), j => Math.Abs(a[1, j] - b[1, j]) > 1);
        }
    }
}
