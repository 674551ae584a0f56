using Engram.Data;
using Engram.Forecasting;
using Xunit.Abstractions;

namespace Engram.Tests.Forecasting;

public sealed class ForecastMetricsTests(ITestOutputHelper output)
{
    [Fact]
    public void Metrics_agree_with_utilsforecast() => Golden.Run(output, "domain", golden =>
    {
        double[] y = golden.Doubles("actual");
        double[] f = golden.Doubles("prediction");
        double[] train = golden.Doubles("train");
        double[] table = golden.Doubles("quantile_predictions");
        double[] quantiles = golden.Doubles("quantiles");
        int season = golden.Entry.GetProperty("season").GetInt32();
        double[] Quantile(double q) => [.. Enumerable.Range(0, y.Length).Select(row => table[(row * quantiles.Length) + Array.IndexOf(quantiles, q)])];
        var actual = new Dictionary<string, double>
        {
            ["mae"] = ForecastMetrics.Mae(y, f),
            ["mse"] = ForecastMetrics.Mse(y, f),
            ["rmse"] = ForecastMetrics.Rmse(y, f),
            ["mape"] = ForecastMetrics.Mape(y, f),
            ["smape"] = ForecastMetrics.Smape(y, f),
            ["mase"] = ForecastMetrics.Mase(y, f, train, season),
            ["rmsse"] = ForecastMetrics.Rmsse(y, f, train, season),
            ["quantile_0.1"] = ForecastMetrics.QuantileLoss(y, Quantile(0.1), 0.1),
            ["quantile_0.9"] = ForecastMetrics.QuantileLoss(y, Quantile(0.9), 0.9),
            ["coverage_80"] = ForecastMetrics.Coverage(y, Quantile(0.1), Quantile(0.9)),
        };
        int compared = 0;
        foreach (var expected in golden.Entry.GetProperty("results").EnumerateObject())
        {
            Golden.AssertClose([expected.Value.GetDouble()], [actual[expected.Name]], 1e-13, expected.Name);
            compared++;
        }

        Assert.Equal(10, compared);
    }, golden => golden.Name == "forecast_metrics");

    [Fact]
    public void Zeros_among_the_actual_values()
    {
        Assert.Equal(0.5, ForecastMetrics.Mape([0, 2], [7, 3]));
        Assert.Equal(double.NaN, ForecastMetrics.Mape([0, 0], [7, 3]));
        Assert.Equal(0.5, ForecastMetrics.Smape([0, 0], [0, 3]));
    }

    [Fact]
    public void Lengths_must_agree()
    {
        Assert.Throws<ArgumentException>(() => ForecastMetrics.Mae([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => ForecastMetrics.Rmse([], []));
        Assert.Throws<ArgumentException>(() => ForecastMetrics.Mase([1], [1], [1, 2, 3], 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => ForecastMetrics.QuantileLoss([1], [1], 1));
        Assert.Throws<ArgumentException>(() => ForecastMetrics.Coverage([1], [1], [1, 2]));
    }

    [Fact]
    public void Baselines_forecast_what_their_names_say()
    {
        double[] history = [1, 5, 2, 6, 3, 7];
        Assert.Equal([7, 7, 7], new NaiveForecast().Forecast(history, 3));
        Assert.Equal([3, 7, 3], new SeasonalNaiveForecast(2).Forecast(history, 3));
        Assert.Equal([1, 5, 2, 6, 3, 7, 1], new SeasonalNaiveForecast(6).Forecast(history, 7));
        Golden.AssertClose([8.2, 9.4], new DriftForecast().Forecast(history, 2), 1e-15, "drift");
        Assert.Equal([4, 4], new MeanForecast().Forecast(history, 2));
    }

    [Fact]
    public void Baselines_say_how_much_history_they_need()
    {
        foreach ((IBaseline baseline, int least) in ((IBaseline, int)[])[(new NaiveForecast(), 1), (new SeasonalNaiveForecast(4), 4), (new DriftForecast(), 2), (new MeanForecast(), 1)])
        {
            Assert.Equal(2, baseline.Forecast(new double[least], 2).Length);
            Assert.Contains(baseline.Name, Assert.Throws<EngramException>(() => baseline.Forecast(new double[least - 1], 2)).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => baseline.Forecast(new double[least], 0));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new SeasonalNaiveForecast(0));
    }

    [Fact]
    public void The_airline_series_is_the_well_known_one()
    {
        TimeSeries series = SampleSeries.AirlinePassengers;
        Assert.Equal(144, series.Count);
        Assert.Equal(40363, series.Values.Sum());
        Assert.Equal(new DateTime(1949, 1, 1), series.Times![0]);
        Assert.Equal(new DateTime(1960, 12, 1), series.Times[^1]);
        Assert.Equal("monthly", series.Frequency.Name);
        Assert.Equal((104, 622, 432), (series.Values.Min(), series.Values.Max(), series.Values[^1]));
        double[] last = series.Values[^12..];
        double[] forecast = new SeasonalNaiveForecast(12).Forecast(series.Values.AsSpan(0, 132), 12);
        Assert.Equal(47.83, ForecastMetrics.Mae(last, forecast), 0.01);
    }
}
