using Engram.Data;
using Engram.Distributions;
using Engram.Forecasting;
using Engram.Training;
using static Engram.Tests.Forecasting.SeriesToForecast;

namespace Engram.Tests.Forecasting;

public sealed class ForecastHeadTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-heads-").FullName;

    public static TheoryData<ForecastHead> Heads() => new(Enum.GetValues<ForecastHead>());

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Heads))]
    public void Every_head_forecasts_with_nested_intervals_and_is_kept_in_the_file(ForecastHead head)
    {
        TimeSeries series = Daily([.. Wave(120, 7, 0, 0.5, 21).Select(value => Math.Round(20 + (4 * value)))]);
        ForecastReport report = Forecaster.Run(series, new ForecastOptions { Horizon = 5, TestRows = 12, Networks = 2, Units = 5, Epochs = 4, Seed = 8, Head = head });
        Assert.Equal((head, head), (report.Options.Head, report.Model.Head));
        (PredictionInterval narrow, PredictionInterval wide) = (report.Forecast.Intervals[0], report.Forecast.Intervals[1]);
        for (int j = 0; j < 5; j++)
        {
            double[] ascending = [wide.Lower[j], narrow.Lower[j], report.Forecast.Values[j], narrow.Upper[j], wide.Upper[j]];
            Assert.Equal(ascending.Order(), ascending);
            Assert.True(wide.Upper[j] > wide.Lower[j] && double.IsFinite(wide.Upper[j] - wide.Lower[j]));
            if (head == ForecastHead.NegativeBinomial) { Assert.True(wide.Lower[j] >= 0); }
        }

        Assert.All(report.Backtest.Intervals, interval => Assert.True(interval.Coverage is > 0 and <= 100));
        string path = Path.Combine(folder, "model.keras");
        report.Model.Save(path);
        ForecastModel model = ForecastModel.Load(path);
        Forecast again = model.Forecast(series);
        Assert.Equal(head, model.Head);
        Assert.Equal(report.Forecast.Values, again.Values);
        Assert.Equal(wide.Lower, again.Intervals[1].Lower);
        Assert.Equal(narrow.Upper, again.Intervals[0].Upper);
    }

    [Theory]
    [InlineData(ForecastHead.Gaussian)]
    [InlineData(ForecastHead.StudentT)]
    [InlineData(ForecastHead.Mixture)]
    [InlineData(ForecastHead.Quantiles)]
    public void Intervals_of_noise_cover_about_as_often_as_they_say(ForecastHead head)
    {
        var options = new ForecastOptions { Horizon = 2, TestRows = 400, Networks = 1, Units = 8, Window = 4, Season = 1, Epochs = 30, Intervals = [50, 80, 95], Head = head };
        Backtest backtest = Forecaster.Run(Yearly(Noise(900, 16)), options).Backtest;
        Near(50, backtest.Intervals[0].Coverage, 12);
        Near(80, backtest.Intervals[1].Coverage, 10);
        Near(95, backtest.Intervals[2].Coverage, 6);
    }

    [Fact]
    public void Counts_are_covered_and_what_is_no_count_is_refused()
    {
        var counts = new NegativeBinomialDistribution(5, 0.3);
        double[] values = [.. Enumerable.Range(0, 600).Select(i => counts.Sample(new RandomKey(3), i))];
        var options = new ForecastOptions { Horizon = 3, TestRows = 200, Networks = 1, Units = 4, Season = 1, Epochs = 8, Head = ForecastHead.NegativeBinomial };
        ForecastReport report = Forecaster.Run(Yearly(values), options);
        Assert.False(report.Log);
        Assert.True(report.Backtest.Intervals[0].Coverage is > 70 and < 95, $"{report.Backtest.Intervals[0].Coverage}");
        Assert.All(report.Forecast.Intervals[1].Lower, lower => Assert.True(lower >= 0));
        values[17] = 2.5;
        string message = Assert.Throws<EngramException>(() => Forecaster.Run(Yearly(values), options)).Message;
        Assert.Contains("row 17", message, StringComparison.Ordinal);
        values[17] = 2;
        Assert.Throws<EngramException>(() => Forecaster.Run(Yearly(values), new ForecastOptions { Head = ForecastHead.NegativeBinomial, Log = true }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ForecastOptions { Head = (ForecastHead)17 });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Targets_that_are_not_known_do_not_count(bool counts)
    {
        DistributionHead head = counts ? DistributionHead.NegativeBinomial : DistributionHead.Gaussian;
        TensorBuffer y = new(2, counts ? 6 : 3), p = new(2, 6), gradient = new(0);
        var random = new Random(1);
        for (int i = 0; i < p.Length; i++) { p.Span[i] = random.Next(-1000, 1000) / 512f; }
        float u = MaskedPointLoss.Unknown;
        y.CopyFrom(counts ? [2, 0, u, 1, 2, 3, 5, u, u, 4, 1, 1] : [2, 0, u, 5, u, u]);
        double Total(TensorBuffer? dp) => new BatchLoss(new MaskedHeadLoss(head)).Compute(y, p, null, default, dp);
        double loss = Total(gradient);
        double One(int i, double target, double level)
        {
            ForecastDistribution d = head.Distribution(p.Span.Slice(2 * i, 2));
            return -(counts ? new NegativeBinomialDistribution(level * d.Mean, ((NegativeBinomialDistribution)d).Dispersion) : d).LogDensity(target);
        }

        Golden.AssertClose([(One(0, 2, 1) + One(1, 0, 2) + One(3, 5, 4)) / 3], [loss], 1e-12, "loss");
        var expected = new double[12];
        const float H = 1f / 2048;
        for (int i = 0; i < 12; i++)
        {
            float at = p.Span[i];
            double Value(float shifted)
            {
                p.Span[i] = shifted;
                double value = Total(null);
                p.Span[i] = at;
                return value;
            }

            expected[i] = ((8 * (Value(at + H) - Value(at - H))) - (Value(at + (2 * H)) - Value(at - (2 * H)))) / (12 * H);
        }

        Golden.AssertClose(expected, gradient.Span, 1e-6, "gradient");
        Assert.Throws<EngramException>(() => new MaskedHeadLoss(head).ElementAxes([2, 5], [2, 6]));
    }
}
