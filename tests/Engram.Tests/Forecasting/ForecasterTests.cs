using Engram.Data;
using Engram.Forecasting;
using Engram.Kernels;
using static Engram.Tests.Forecasting.SeriesToForecast;

namespace Engram.Tests.Forecasting;

public class ForecasterTests
{
    private static readonly ForecastOptions Small = new() { Horizon = 5, TestRows = 14, Networks = 2, Units = 5, Epochs = 3, Seed = 3 };

    private static TimeSeries Weekly => Daily(Wave(120, 7, 0.02, 0.5, 11));

    [Fact]
    public void WhatTrainsNeverSeesTheTestRows()
    {
        ForecastReport report = Forecaster.Run(Weekly, Small);
        ForecastReport other = Forecaster.Run(With(Weekly, values => Array.Fill(values, 77, 106, 14)), Small);
        Assert.Equal(report.Season.Candidates, other.Season.Candidates);
        Assert.Equal(report.Training.Loss, other.Training.Loss);
        Assert.Equal(report.Training.ValidationLoss, other.Training.ValidationLoss);
        Assert.Equal(report.Validation.NetworkWeight, other.Validation.NetworkWeight);
        Assert.Equal(report.Validation.Candidates, other.Validation.Candidates);
        for (int j = 0; j < 5; j++) { Assert.Equal(report.Backtest.Forecasts[0, j], other.Backtest.Forecasts[0, j]); }
        Assert.NotEqual(report.Forecast.Values, other.Forecast.Values);
    }

    [Fact]
    public void EveryOriginKnowsTheRowBeforeItAndNotItsOwn()
    {
        const int Row = 110;
        Backtest before = Forecaster.Run(Weekly, Small).Backtest;
        Backtest after = Forecaster.Run(With(Weekly, values => values[Row] += 1), Small).Backtest;
        for (int i = 0; i < before.Origins.Count; i++)
        {
            for (int j = 0; j < 5; j++)
            {
                if (before.Origins[i] <= Row) { Assert.Equal(before.Forecasts[i, j], after.Forecasts[i, j]); }
                else { Assert.NotEqual(before.Forecasts[i, j], after.Forecasts[i, j]); }
            }
        }

        Assert.Equal(Enumerable.Range(106, 10), before.Origins);
    }

    [Fact]
    public void TheLastValueCountsInTheForecast()
    {
        ForecastModel model = Forecaster.Run(Weekly, Small).Model;
        Forecast forecast = model.Forecast(Weekly);
        Assert.NotEqual(forecast.Values, model.Forecast(With(Weekly, values => values[^1] += 1)).Values);
        Assert.Equal(new DateTime(2020, 1, 1).AddDays(120), forecast.Times![0]);
        Assert.Equal(5, forecast.Horizon);
    }

    [Fact]
    public void OneAndThreeThreadsGiveTheSameBits()
    {
        int before = Workers.ThreadCount;
        try
        {
            Workers.ThreadCount = 1;
            ForecastReport one = Forecaster.Run(Weekly, Small);
            Workers.ThreadCount = 3;
            ForecastReport three = Forecaster.Run(Weekly, Small);
            Assert.Equal(one.Forecast.Values, three.Forecast.Values);
            Assert.Equal(one.Forecast.Intervals[1].Upper, three.Forecast.Intervals[1].Upper);
            Assert.Equal(one.Training.Loss, three.Training.Loss);
            Assert.Equal(one.Backtest.Methods[0].Mae, three.Backtest.Methods[0].Mae);
        }
        finally { Workers.ThreadCount = before; }
    }

    [Fact]
    public void TheSeedDecides()
    {
        double[] Values(long seed) => Forecaster.Run(Weekly, new ForecastOptions { Horizon = 2, Networks = 1, Units = 4, Epochs = 1, Seed = seed }).Forecast.Values;
        Assert.Equal(Values(1), Values(1));
        Assert.NotEqual(Values(1), Values(2));
    }

    [Theory]
    [InlineData(RecurrentKind.Lstm, 2)]
    [InlineData(RecurrentKind.Gru, 1)]
    [InlineData(RecurrentKind.SimpleRnn, 2)]
    public void CellsLayersAndCovariatesAreUsed(RecurrentKind cell, int layers)
    {
        var options = new ForecastOptions { Horizon = 3, TestRows = 9, Networks = 2, Units = 6, Epochs = 2, Seed = 1, Cell = cell, Layers = layers };
        TimeSeries series = Daily(Wave(100, 7, 0, 0.5, 12), new Covariate("price", [.. Noise(100, 13).Select(value => 1000 + (50 * value))]));
        TimeSeries other = Daily(series.Values, new Covariate("price", Noise(100, 14)));
        ForecastReport report = Forecaster.Run(series, options);
        Assert.Equal(["price"], report.Model.Covariates);
        Assert.NotEqual(report.Forecast.Values, Forecaster.Run(other, options).Forecast.Values);
        EngramException e = Assert.Throws<EngramException>(() => report.Model.Forecast(Daily(series.Values)));
        Assert.Contains("price", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CovariatesInTheFutureOfAnOriginAreNotSeen()
    {
        double[] prices = Noise(100, 15), changed = [.. prices];
        Array.Fill(changed, 9, 91, 9);
        var options = new ForecastOptions { Horizon = 9, TestRows = 9, Networks = 1, Units = 6, Epochs = 2 };
        double[] values = Wave(100, 7, 0, 0.5, 12);
        Backtest a = Forecaster.Run(Daily(values, new Covariate("price", prices)), options).Backtest;
        Backtest b = Forecaster.Run(Daily(values, new Covariate("price", changed)), options).Backtest;
        Assert.Equal(a.Forecasts.Cast<double>(), b.Forecasts.Cast<double>());
    }

    [Fact]
    public void IntervalsOfNoiseCoverAsOftenAsTheySay()
    {
        var options = new ForecastOptions { Horizon = 2, TestRows = 400, Networks = 1, Units = 4, Window = 4, Season = 1, Epochs = 1, Intervals = [50, 80, 95] };
        Backtest backtest = Forecaster.Run(Yearly(Noise(900, 16)), options).Backtest;
        Near(50, backtest.Intervals[0].Coverage, 6);
        Near(80, backtest.Intervals[1].Coverage, 5);
        Near(95, backtest.Intervals[2].Coverage, 3);
    }

    [Fact]
    public void AWalkIsNotSaidToBeForecastable()
    {
        double[] walk = Noise(300, 17);
        for (int i = 1; i < walk.Length; i++) { walk[i] += walk[i - 1]; }
        ForecastReport report = Forecaster.Run(Yearly(walk), new ForecastOptions { Horizon = 1, Networks = 2 });
        Assert.NotEqual(VerdictKind.Better, report.Backtest.Verdict.Kind);
        Assert.True(report.Backtest.Verdict.BestSimple is "naive" or "drift"); // a walk may have drifted by chance
        Assert.Contains("RMSE", report.Backtest.Verdict.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(97, VerdictKind.Better)]
    [InlineData(99, VerdictKind.AsGood)]
    [InlineData(101, VerdictKind.AsGood)]
    [InlineData(103, VerdictKind.Worse)]
    public void TheVerdictComparesWithTheSimplestOfTheBest(double mae, VerdictKind expected)
    {
        static MethodErrors Errors(string name, double mae) => new(name, mae, mae, 0, 0, 0, []);
        Verdict verdict = BacktestRun.Judge(Errors("Engram", mae), [Errors("naive", 100), Errors("seasonal naive (7)", 250), Errors("drift", 99.5)]);
        Assert.Equal(expected, verdict.Kind);
        Assert.Equal("naive", verdict.BestSimple);
    }

    [Fact]
    public void ThirtyValuesAreEnoughAndAConstantSeriesStaysConstant()
    {
        ForecastReport report = Forecaster.Run(Yearly(Noise(30, 18)));
        Assert.Equal(6, report.Backtest.Horizon);
        Assert.Equal(12, report.Forecast.Horizon);
        Assert.All(report.Forecast.Intervals, interval => Assert.Equal(interval.Upper.Order().Count(), interval.Upper.Count(double.IsFinite)));

        report = Forecaster.Run(new TimeSeries("constant", [.. Enumerable.Repeat(4.0, 60)]), new ForecastOptions { Horizon = 3, Networks = 2 });
        Assert.All(report.Forecast.Values, value => Near(4, value, 0.05));
        Assert.Null(report.Forecast.Times);
    }

    [Fact]
    public void AZeroAfterPositiveTrainingRowsIsForecastFrom()
    {
        TimeSeries series = With(Airline, values => values[^3] = 0);
        ForecastReport report = Forecaster.Run(series, new ForecastOptions { Horizon = 3, TestRows = 12, Networks = 1, Units = 4, Epochs = 1 });
        Assert.True(report.Log);
        Assert.All(report.Forecast.Values, value => Assert.True(value > 0 && double.IsFinite(value)));
    }

    [Fact]
    public void ProgressCountsNetworksAndCancellingStops()
    {
        var seen = new List<ForecastProgress>();
        Forecaster.Run(Weekly, Small, new Recorder(seen));
        Assert.Equal(Enumerable.Range(1, 6), seen.Select(progress => progress.Done).Where(done => done > 0).Distinct());
        Assert.Equal(seen.Select(progress => progress.Share), seen.Select(progress => progress.Share).Order());
        Assert.Equal(1, seen[^1].Share, 12);
        Assert.All(seen, progress => Assert.True(double.IsFinite(progress.Loss)));
        Assert.True(seen[^1].ValidationLoss > 0);
        Assert.All(seen, progress => Assert.Equal(6, progress.Total));
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Forecaster.Run(Weekly, Small, null, source.Token));
    }

    [Theory]
    [InlineData(12, 3.7)]
    [InlineData(24, 4.3)]
    public void AirlinePassengersAreForecastWell(int horizon, double most)
    {
        double[] errors = [.. Enumerable.Range(1, 3).Select(seed => Forecaster.Run(Airline, new ForecastOptions { Horizon = horizon, TestRows = horizon, Seed = seed }).Backtest)
            .Select(backtest =>
            {
                Assert.Equal(VerdictKind.Better, backtest.Verdict.Kind);
                return 100 * backtest.Engram.Mape;
            })
            .Order()];
        Assert.True(errors[1] <= most, $"The median percentage error is {errors[1]}.");
    }

    private sealed class Recorder(List<ForecastProgress> seen) : IProgress<ForecastProgress>
    {
        public void Report(ForecastProgress value) => seen.Add(value);
    }
}
