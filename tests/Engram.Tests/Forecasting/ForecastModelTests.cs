using System.Text;
using Engram.Data;
using Engram.Forecasting;
using Engram.Layers;
using Engram.Models;
using static Engram.Tests.Forecasting.SeriesToForecast;

namespace Engram.Tests.Forecasting;

public sealed class ForecastModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-forecast-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(RecurrentKind.Lstm, 1)]
    [InlineData(RecurrentKind.Gru, 2)]
    public void ALoadedModelForecastsTheSameBits(RecurrentKind cell, int layers)
    {
        TimeSeries series = Daily([.. Wave(110, 7, 0.02, 0.5, 21).Select(value => 20 + value)], new Covariate("price", Noise(110, 22)), new Covariate("rain", Noise(110, 23)));
        ForecastReport report = Forecaster.Run(series, new ForecastOptions { Horizon = 9, TestRows = 12, Networks = 2, Units = 5, Layers = layers, Cell = cell, Epochs = 2, Seed = 8, Log = true });
        ForecastModel model = SavedAndLoaded(report.Model);
        Same(report.Forecast, model.Forecast(series));
        Assert.Equal(
            (report.Model.SeriesName, report.Model.Season, report.Model.Log, report.Model.Classical, report.Model.NetworkWeight, report.Model.Frequency, report.Model.FirstTime, report.Model.Seed, cell, layers),
            (model.SeriesName, model.Season, model.Log, model.Classical, model.NetworkWeight, model.Frequency, model.FirstTime, model.Seed, model.Cell, model.Layers));
        Assert.Equal(["price", "rain"], model.Covariates);
        Assert.Equal(report.Windows, model.Windows);
        Assert.Equal(report.Forecast.Values[..4], model.Forecast(series, 4).Values);
    }

    [Fact]
    public void WithoutIntervalsOrTimesAModelIsKeptToo()
    {
        var series = new TimeSeries("wave", Wave(100, 7, 0, 0.5, 27));
        ForecastReport report = Forecaster.Run(series, new ForecastOptions { Horizon = 4, Networks = 1, Units = 4, Epochs = 1, Intervals = [] });
        ForecastModel model = SavedAndLoaded(report.Model);
        Same(report.Forecast, model.Forecast(series));
        Assert.Empty(model.Levels);
        Assert.Null(model.FirstTime);
    }

    [Fact]
    public void AModelForecastsFromTheLatestRowsAlone()
    {
        // The patterned series tells a wrong phase at once: by times the model knows where in the season the rows begin.
        double[] values = Wave(200, 7, 0, 0.01, 24);
        TimeSeries all = Daily(values);
        ForecastModel model = Forecaster.Run(all, new ForecastOptions { Horizon = 7, Networks = 1, Units = 4, Epochs = 3 }).Model;
        TimeSeries latest = new("sales", values[123..], all.Times![123..]);
        double[] expected = model.Forecast(all).Values, actual = model.Forecast(latest).Values;
        for (int j = 0; j < 7; j++) { Near(expected[j], actual[j], 0.05); }
        Assert.Equal(model.Forecast(all).Times, model.Forecast(latest).Times);
    }

    [Fact]
    public void WhatAModelCannotForecastIsRefused()
    {
        TimeSeries series = Daily(Wave(100, 7, 0, 0.5, 25));
        ForecastModel model = Forecaster.Run(series, new ForecastOptions { Horizon = 4, Networks = 1, Units = 4, Epochs = 1 }).Model;
        Assert.Contains("1 to 4", Assert.Throws<EngramException>(() => model.Forecast(series, 5)).Message, StringComparison.Ordinal);
        Assert.Contains("at least 21", Assert.Throws<EngramException>(() => model.Forecast(Daily(Noise(20, 1)))).Message, StringComparison.Ordinal);
        Assert.Contains("yearly", Assert.Throws<EngramException>(() => model.Forecast(Yearly(Noise(50, 1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedAndForeignFilesAreRefusedByName()
    {
        ForecastModel model = Forecaster.Run(Daily(Wave(100, 7, 0, 0.5, 26)), new ForecastOptions { Horizon = 4, Networks = 1, Units = 4, Epochs = 1 }).Model;
        string path = Path.Combine(folder, "model.keras"), changed = Path.Combine(folder, "changed.keras");
        model.Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        Network network = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
        string settings = Encoding.UTF8.GetString(entries["forecast.json"].Span);

        Refused("changed.keras", () => File.WriteAllBytes(changed, bytes[..^9]));
        Refused("no entry engram/forecast.json", () => network.Save(changed));
        Refused("no valid JSON", () => Write("{"));
        Refused("JSON object", () => Write("[]"));
        Refused("'version'", () => Write(settings.Replace("\"version\":1,", "", StringComparison.Ordinal)));
        Refused("the format in engram/forecast.json is 'engram-global-forecast'", () => Write(settings.Replace("engram-forecast", "engram-global-forecast", StringComparison.Ordinal)));
        Refused("for 0 networks", () =>
        {
            var other = new Sequential(new Input(3, 1), new Lstm(2));
            other.Build();
            other.Save(changed, entries);
        });
        Refused("is not finite", () =>
        {
            Network damaged = Network.Load(path);
            damaged.Weights[0].Value.Span[3] = float.NaN;
            damaged.Save(changed, entries);
        });
        foreach ((string from, string to, string word) in new[]
        {
            ("\"version\":1", "\"version\":2", "of version 2"),
            ("\"units\":4", "\"units\":90000", "network_0"),
            ("\"units\":4", "\"units\":3", "network_0 is made of LSTM 4; these settings demand LSTM 3"),
            ("\"units\":4", "\"units\":0", "'units'"),
            ("\"layers\":1", "\"layers\":2", "network_0"),
            ("\"cell\":\"Lstm\"", "\"cell\":\"Gru\"", "network_0"),
            ("\"cell\":\"Lstm\"", "\"cell\":\"1\"", "'cell'"),
            ("\"horizon\":4", "\"horizon\":5", "half_widths"),
            ("\"season\":7", "\"season\":-7", "'season'"),
            ("\"weight\":", "\"weigh\":", "'weight'"),
            ("\"windows\":[21]", "\"windows\":[21,21]", "'windows'"),
            ("\"windows\":[21]", "\"windows\":[]", "'windows'"),
            ("\"log\":false", "\"log\":0", "'log'"),
            ("\"covariates\":[]", "\"covariates\":[\"x\"]", "network_0"),
        })
        {
            Assert.Contains(from, settings, StringComparison.Ordinal);
            Refused(word, () => Write(settings.Replace(from, to, StringComparison.Ordinal)));
        }

        void Write(string json) => network.Save(changed, new Dictionary<string, ReadOnlyMemory<byte>> { ["forecast.json"] = Encoding.UTF8.GetBytes(json) });

        void Refused(string word, Action write)
        {
            write();
            string message = Assert.Throws<EngramException>(() => ForecastModel.Load(changed)).Message;
            Assert.Contains(word, message, StringComparison.Ordinal);
            Assert.StartsWith(changed, message, StringComparison.Ordinal);
        }
    }

    // What Keras sees in the file: each network by itself, over one input for each length of window.
    [Fact]
    public void TheFileIsAModelOfTheNetworks()
    {
        ForecastModel model = Forecaster.Run(Daily(Wave(200, 7, 0, 0.5, 26)), new ForecastOptions { Horizon = 4, Networks = 4, Units = 4, Epochs = 1 }).Model;
        string path = Path.Combine(folder, "model.keras");
        model.Save(path);
        model.Save(path); // saving changes nothing
        Network together = Network.Load(path);
        Assert.Equal(model.Windows.Distinct().Select(window => $"window_{window}"), together.InputNames);
        Assert.Equal(model.Windows.Select((_, i) => $"network_{i}"), together.OutputNames);
        float[][,,] windows = [.. together.InputShapes!.Select(shape => new float[2, shape[1], shape[2]])];
        foreach (float[,,] window in windows) { window[1, 0, 0] = 0.5f; }
        IReadOnlyList<System.Numerics.Tensors.Tensor<float>> outputs = together.PredictAll([.. windows.Select(window => (NumericArray)window)]);
        Assert.Equal(4, outputs.Count);
        foreach ((Network network, int i) in together.Layers.OfType<Network>().Select((network, i) => (network, i)))
        {
            int input = together.InputNames.ToList().IndexOf($"window_{model.Windows[i]}");
            Assert.Equal(network.Predict(windows[input]).ToArray(), outputs[i].ToArray());
        }
    }

    private static void Same(Forecast expected, Forecast actual)
    {
        Assert.Equal(expected.Values, actual.Values);
        Assert.Equal(expected.Times, actual.Times);
        Assert.Equal(expected.Intervals.Count, actual.Intervals.Count);
        for (int i = 0; i < expected.Intervals.Count; i++)
        {
            Assert.Equal(expected.Intervals[i].Level, actual.Intervals[i].Level);
            Assert.Equal(expected.Intervals[i].Lower, actual.Intervals[i].Lower);
            Assert.Equal(expected.Intervals[i].Upper, actual.Intervals[i].Upper);
        }
    }

    private ForecastModel SavedAndLoaded(ForecastModel model)
    {
        string path = Path.Combine(folder, "saved.keras");
        model.Save(path);
        return ForecastModel.Load(path);
    }
}
