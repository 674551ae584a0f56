using Engram.Data;
using Engram.Forecasting;
using Xunit.Abstractions;

namespace Engram.Tests.Forecasting;

/// <summary>
/// A short training on public data, where the folder that ENGRAM_DATA names has them (<c>m4/Hourly-train.csv</c>, <c>m4/Hourly-test.csv</c>,
/// <c>etth/ETTh1.csv</c>). The bounds are those of a fraction of the training; docs/forecasting.md has the full figures.
/// </summary>
public sealed class PublicDataTests(ITestOutputHelper output)
{
    [Fact]
    public void M4_hourly_is_better_than_last_weeks_values_after_a_short_training()
    {
        if (Find("m4/Hourly-train.csv") is not { } train || Find("m4/Hourly-test.csv") is not { } test) { return; }
        Dictionary<string, double[]> held = TimeSeries.FromRows(CsvTable.Read(test)).ToDictionary(series => series.Name, series => series.Values);
        var panel = new SeriesPanel([.. TimeSeries.FromRows(CsvTable.Read(train)).Select(series => new PanelSeries(series.Name, [.. series.Values, .. held[series.Name]]))]);
        Assert.Equal(414, panel.Series.Count);
        GlobalForecastReport report = GlobalForecaster.Run(panel, new GlobalForecastOptions { Horizon = 48, Units = 32, Networks = 1, Steps = 150, Seed = 1 });
        PanelErrors daily = report.Backtest.Methods.Single(method => method.Name == "seasonal naive (24)");
        output.WriteLine($"sMAPE {200 * report.Backtest.Engram.Smape:F3}, seasonal naive {200 * daily.Smape:F3}");
        Assert.Equal(13.912, 200 * daily.Smape, 3); // the figure that the competition published
        Assert.True(200 * report.Backtest.Engram.Smape < 12, "the bound of a short training");
    }

    [Fact]
    public void Etth1_is_better_than_yesterday_after_a_short_training()
    {
        if (Find("etth/ETTh1.csv") is not { } path) { return; }
        const int Month = 30 * 24;
        string text = string.Join('\n', File.ReadLines(path).Take(1 + (20 * Month)));
        SeriesPanel panel = SeriesPanel.FromTable(CsvTable.Parse(text, path), new PanelOptions { Targets = [PanelOptions.All] });
        GlobalForecastReport report = GlobalForecaster.Run(panel, new GlobalForecastOptions
        {
            Horizon = 24,
            TestRows = 4 * Month,
            ValidationRows = 4 * Month,
            Stride = 24,
            Seasons = [24],
            Window = 168,
            Scaling = WindowScaling.Spread,
            Base = ForecastBase.Mean,
            Units = 32,
            Networks = 1,
            Steps = 120,
            Seed = 1,
        });
        output.WriteLine($"MSE {report.Backtest.Engram.ScaledMse:F4}, yesterday {report.Backtest.Methods[2].ScaledMse:F4}");
        Assert.True(report.Backtest.Engram.ScaledMse < report.Backtest.Methods[2].ScaledMse, $"{report.Backtest.Engram.ScaledMse}");
    }

    private string? Find(string file)
    {
        string folder = Environment.GetEnvironmentVariable("ENGRAM_DATA") ?? Beside();
        string path = Path.Combine(folder, file);
        if (File.Exists(path)) { return path; }
        output.WriteLine($"Skipped: {file} is not there; name the folder that has it in ENGRAM_DATA.");
        return null;
    }

    // The folder shared/data beside the repository, or within it.
    private static string Beside()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate)) { return candidate; }
        }

        return "";
    }
}
