using Engram.Data;
using Engram.Forecasting;

namespace Engram.Tests.Forecasting;

public sealed class GlobalForecasterTests
{
    [Theory]
    [InlineData(ForecastOutput.Direct)]
    [InlineData(ForecastOutput.Recursive)]
    [InlineData(ForecastOutput.EncoderDecoder)]
    public void The_last_observation_is_used_and_nothing_after_it(ForecastOutput output)
    {
        SeriesPanel panel = Panels.Full();
        GlobalForecastReport report = GlobalForecaster.Run(panel, Options(output, ForecastHead.None));
        int count = panel.Series[0].Count;
        double[] before = Panels.Numbers(report.Model.Forecast(panel));
        double[] after = Panels.Numbers(report.Model.Forecast(Panels.With(panel, count - 1, 17.5)));
        Assert.Equal(before.Length, after.Length);

        // The first step ahead of the first series changes with its last observation; the other series' do not.
        Assert.NotEqual(before[0], after[0]);
        Assert.Equal(before[(before.Length / 3)..], after[(before.Length / 3)..]);

        // The forecast of a backtest's origin does not see the row that it forecasts: test rows are changed, and the forecasts stay.
        SeriesPanel changed = Panels.With(Panels.With(panel, count - 1, 99), count - 4, -50);
        GlobalForecastReport again = GlobalForecaster.Run(changed, Options(output, ForecastHead.None));
        Assert.Equal(report.Backtest.Series[0].Forecasts.Cast<double>(), again.Backtest.Series[0].Forecasts.Cast<double>());
    }

    [Theory]
    [InlineData(ForecastOutput.Direct)]
    [InlineData(ForecastOutput.Recursive)]
    [InlineData(ForecastOutput.EncoderDecoder)]
    public void What_only_the_last_observation_tells_is_learnt(ForecastOutput output)
    {
        // Each value is the last one's negative, but for its own small noise: whoever is late by one row has the wrong sign.
        var series = Enumerable.Range(0, 4).Select(i =>
        {
            double[] noise = SeriesToForecast.Noise(160, 70 + i);
            var values = new double[160];
            for (int t = 0; t < values.Length; t++) { values[t] = (-0.95 * (t > 0 ? values[t - 1] : 2)) + (0.4 * noise[t]); }
            return new PanelSeries($"s{i}", values);
        });
        GlobalForecastReport report = GlobalForecaster.Run(new SeriesPanel([.. series]), new GlobalForecastOptions
        {
            Horizon = 2,
            TestRows = 30,
            Seasons = [],
            Window = 8,
            Patch = 1,
            Units = 8,
            Layers = 1,
            Networks = 1,
            Steps = 250,
            BatchSize = 64,
            Output = output,
            Base = ForecastBase.Mean,
            Seed = 5,
        });
        PanelErrors naive = report.Backtest.Methods[1];
        Assert.True(report.Backtest.Engram.Mae < 0.5 * naive.Mae, $"{report.Backtest.Engram.Mae} against {naive.Mae}");
    }

    [Theory]
    [InlineData(ForecastOutput.Direct, ForecastHead.None)]
    [InlineData(ForecastOutput.Direct, ForecastHead.StudentT)]
    [InlineData(ForecastOutput.EncoderDecoder, ForecastHead.Quantiles)]
    [InlineData(ForecastOutput.EncoderDecoder, ForecastHead.None)]
    [InlineData(ForecastOutput.Recursive, ForecastHead.Gaussian)]
    public void A_saved_model_forecasts_the_same_bits(ForecastOutput output, ForecastHead head)
    {
        SeriesPanel panel = Panels.Full(missing: true);
        GlobalForecastReport report = GlobalForecaster.Run(panel, Options(output, head));
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.keras");
        try
        {
            report.Model.Save(path);
            Assert.True(GlobalForecastModel.IsModel(path));
            GlobalForecastModel loaded = GlobalForecastModel.Load(path);
            double[] numbers = Panels.Numbers(report.Forecasts);
            Assert.Equal(numbers, Panels.Numbers(loaded.Forecast(panel)));
            Assert.All(numbers, number => Assert.True(double.IsFinite(number)));
            Assert.Equal(["rain"], loaded.Past);
            Assert.Equal(["price"], loaded.Future);
            Assert.Equal(["size"], loaded.Statics);
            Assert.Equal(["region"], loaded.Categories);
        }
        finally { File.Delete(path); }

        foreach (SeriesForecast one in report.Forecasts)
        {
            (PredictionInterval narrow, PredictionInterval wide) = (one.Forecast.Intervals[0], one.Forecast.Intervals[1]);
            for (int j = 0; j < one.Forecast.Horizon; j++)
            {
                Assert.Equal([wide.Lower[j], narrow.Lower[j], one.Forecast.Values[j], narrow.Upper[j], wide.Upper[j]], new[] { wide.Lower[j], narrow.Lower[j], one.Forecast.Values[j], narrow.Upper[j], wide.Upper[j] }.Order());
            }
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_however_many_networks_train_at_once()
    {
        SeriesPanel panel = Panels.Full();
        double[] first = Panels.Numbers(GlobalForecaster.Run(panel, Options(ForecastOutput.Direct, ForecastHead.None)).Forecasts);
        int threads = EngramRuntime.Threads;
        try
        {
            EngramRuntime.Threads = threads == 1 ? 2 : 1;
            Assert.Equal(first, Panels.Numbers(GlobalForecaster.Run(panel, Options(ForecastOutput.Direct, ForecastHead.None)).Forecasts));
        }
        finally { EngramRuntime.Threads = threads; }
    }

    [Fact]
    public void A_covariate_known_ahead_is_used()
    {
        // The values are what the known column says; their own past says nothing.
        foreach (ForecastOutput output in Enum.GetValues<ForecastOutput>())
        {
            var series = Enumerable.Range(0, 5).Select(i =>
            {
                double[] known = SeriesToForecast.Noise(163, 90 + i);
                return new PanelSeries($"s{i}", [.. known.Take(160).Select(value => 2 * value)]) { Future = [new Covariate("known", known)] };
            });
            GlobalForecastReport report = GlobalForecaster.Run(new SeriesPanel([.. series]), new GlobalForecastOptions
            {
                Horizon = 3,
                TestRows = 24,
                Seasons = [],
                Window = 6,
                Patch = 1,
                Units = 12,
                Layers = 1,
                Networks = 1,
                Steps = 300,
                BatchSize = 64,
                LearningRate = 0.01,
                Base = ForecastBase.Mean,
                Output = output,
                Scaling = WindowScaling.Spread,
                Seed = 2,
            });
            PanelErrors naive = report.Backtest.Methods[1];
            Assert.True(report.Backtest.Engram.Mae < 0.5 * naive.Mae, $"{output}: {report.Backtest.Engram.Mae} against {naive.Mae}");
        }
    }

    [Fact]
    public void A_category_and_the_calendar_are_used()
    {
        // On Mondays one kind of series jumps up and the other down.
        var start = new DateTime(2024, 1, 1);
        var series = Enumerable.Range(0, 8).Select(i =>
        {
            double[] noise = SeriesToForecast.Noise(150, 200 + i);
            DateTime[] times = [.. Enumerable.Range(0, 150).Select(t => start.AddDays(t))];
            return new PanelSeries($"s{i}", [.. times.Select((time, t) => 20 + (0.2 * noise[t]) + (time.DayOfWeek == DayOfWeek.Monday ? (i % 2 == 0 ? 5 : -5) : 0))], times) { Categories = [i % 2 == 0 ? "up" : "down"] };
        });
        var panel = new SeriesPanel([.. series], null, ["kind"]);
        var options = new GlobalForecastOptions
        {
            Horizon = 3,
            TestRows = 20,
            Seasons = [],
            Window = 3,
            Patch = 1,
            Units = 16,
            Layers = 1,
            Networks = 1,
            Steps = 400,
            BatchSize = 64,
            LearningRate = 0.01,
            Base = ForecastBase.Mean,
            Loss = ForecastLoss.SquaredError,
            Calendar = CalendarFeatures.Weekday,
            Seed = 4,
        };
        GlobalForecastReport report = GlobalForecaster.Run(panel, options);
        Assert.True(report.Backtest.Engram.Mae < 0.6 * report.Backtest.Methods[1].Mae, $"{report.Backtest.Engram.Mae} against {report.Backtest.Methods[1].Mae}");
    }

    [Fact]
    public void A_refit_knows_all_rows_before_each_origin()
    {
        SeriesPanel panel = Panels.Full();
        GlobalForecastOptions Options(int test, bool refit) => new()
        {
            Horizon = 4,
            TestRows = test,
            Stride = 4,
            Refit = refit,
            Seasons = [6],
            Window = 12,
            Patch = 3,
            Units = 5,
            Layers = 1,
            Networks = 1,
            Steps = 5,
            BatchSize = 16,
            Seed = 3,
        };
        GlobalForecastReport refit = GlobalForecaster.Run(panel, Options(12, true)), once = GlobalForecaster.Run(panel, Options(12, false)), last = GlobalForecaster.Run(panel, Options(4, false));
        Assert.Equal(3, refit.Backtest.Origins);
        Assert.Equal([48, 52, 56], refit.Backtest.Series[0].Origins);
        for (int j = 0; j < 4; j++)
        {
            Assert.Equal(once.Backtest.Series[1].Forecasts[0, j], refit.Backtest.Series[1].Forecasts[0, j]); // the first knows the same rows
            Assert.NotEqual(once.Backtest.Series[1].Forecasts[2, j], refit.Backtest.Series[1].Forecasts[2, j]);
            Assert.Equal(last.Backtest.Series[1].Forecasts[0, j], refit.Backtest.Series[1].Forecasts[2, j]);
        }
    }

    [Fact]
    public void Missing_values_are_not_measured_and_not_needed()
    {
        GlobalForecastReport report = GlobalForecaster.Run(Panels.Full(missing: true), Options(ForecastOutput.Direct, ForecastHead.None));
        Assert.All(Panels.Numbers(report.Forecasts), number => Assert.True(double.IsFinite(number)));
        Assert.True(double.IsFinite(report.Backtest.Engram.Mae));

        // What is missing in a window does not depend on what might have stood there, but it is told from a zero.
        SeriesPanel panel = Panels.Full(missing: true);
        int gap = panel.Series[0].Count - 6;
        Assert.True(double.IsNaN(panel.Series[0].Values[gap]));
        Assert.NotEqual(Panels.Numbers(report.Model.Forecast(panel))[0], Panels.Numbers(report.Model.Forecast(Panels.With(panel, gap, 10)))[0]);
    }

    [Fact]
    public void Validation_rows_choose_the_weights_and_short_series_are_forecast_too()
    {
        SeriesPanel panel = Panels.Full(missing: false);
        var small = new PanelSeries("new", [5, 6, 7], [.. Enumerable.Range(0, 3).Select(t => new DateTime(2024, 1, 1).AddDays(t))])
        {
            Past = [new Covariate("rain", [1, 0, 1])],
            Future = [new Covariate("price", [1, 2, 1, 2, 1, 2, 1])],
            Statics = [3],
            Categories = ["west"],
        };
        var with = new SeriesPanel([.. panel.Series, small], panel.StaticNames, panel.CategoryNames);
        GlobalForecastReport report = GlobalForecaster.Run(with, new GlobalForecastOptions { Horizon = 4, ValidationRows = 8, Seasons = [6], Window = 12, Patch = 3, Units = 5, Layers = 1, Networks = 1, Steps = 40, BatchSize = 16 });
        Assert.InRange(report.Steps, 1, 40);
        Assert.Equal(3, report.Backtest.Series.Count);
        Assert.Equal(4, report.Forecasts.Count);
        Assert.Contains(report.Notes, note => note.Contains("too short", StringComparison.Ordinal));
        Assert.All(report.Forecasts[3].Forecast.Values, value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void What_cannot_be_is_refused_by_name()
    {
        SeriesPanel panel = Panels.Full();
        void Refused(string words, Action run) => Assert.Contains(words, Assert.Throws<EngramException>(run).Message, StringComparison.Ordinal);
        Refused("fewer than the horizon", () => GlobalForecaster.Run(panel, new GlobalForecastOptions { Horizon = 5, TestRows = 4 }));
        Refused("shorter than the season", () => GlobalForecaster.Run(panel, new GlobalForecastOptions { Seasons = [12], Window = 6 }));
        Refused("is for single series", () => GlobalForecaster.Run(panel, new GlobalForecastOptions { Head = ForecastHead.NegativeBinomial }));
        Refused("No series is long enough", () => GlobalForecaster.Run(panel, new GlobalForecastOptions { Horizon = 200 }));
        Refused("'price' is known for 4 rows after the last value; 20 are needed", () => GlobalForecaster.Run(panel, new GlobalForecastOptions { Horizon = 20, Window = 6, Seasons = [] }));
        GlobalForecastModel model = GlobalForecaster.Run(panel, Options(ForecastOutput.Direct, ForecastHead.None)).Model;
        Refused("'price' is known for 2 rows after the last value; 4 are needed", () => model.Forecast(Panels.Full(ahead: 2)));
        Refused("past covariates rain", () => model.Forecast(new SeriesPanel([new PanelSeries("a", [1, 2, 3])])));
        Refused("1 to 4 steps ahead, not 5", () => model.Forecast(panel, 5));
        Refused("has no times", () => GlobalForecaster.Run(new SeriesPanel([new PanelSeries("a", [.. Enumerable.Range(1, 99).Select(i => (double)i)])]), new GlobalForecastOptions { Calendar = CalendarFeatures.Hour }));
        Assert.Throws<ArgumentException>(() => new GlobalForecastOptions { Seasons = [7, 7] });
    }

    internal static GlobalForecastOptions Options(ForecastOutput output, ForecastHead head) => new()
    {
        Horizon = 4,
        Seasons = [6],
        Window = 12,
        Patch = 3,
        Units = 5,
        Layers = 2,
        Networks = 2,
        Steps = 6,
        BatchSize = 16,
        Seed = 3,
        Output = output,
        Head = head,
        Paths = 20,
        Calendar = CalendarFeatures.Month | CalendarFeatures.Weekday,
    };
}
