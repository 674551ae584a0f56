using Engram.Data;
using Engram.Forecasting;
using Engram.Formats.Safetensors;
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
        string path = Path.Combine(folder, "model.safetensors");
        model.Save(path);
        byte[] bytes = File.ReadAllBytes(path);
        SafetensorsFile file = SafetensorsFile.Read(path);

        Refused("model.safetensors", () => bytes[..^9]);
        Refused("'format'", () => Rewritten(file.Arrays, new Dictionary<string, string>()));
        Refused("version 2", () => Rewritten(file.Arrays, new Dictionary<string, string>(file.Metadata) { ["version"] = "2" }));
        Refused("not valid JSON", () => Rewritten(file.Arrays, new Dictionary<string, string>(file.Metadata) { ["model"] = "{" }));
        Refused("JSON object", () => Rewritten(file.Arrays, new Dictionary<string, string>(file.Metadata) { ["model"] = "[]" }));
        Refused("is missing", () => Rewritten(file.Arrays.Skip(3), file.Metadata));
        Refused("belongs to no part", () => Rewritten(file.Arrays.Append(new SafetensorsArray("more", [1], [1f])), file.Metadata));
        Refused("not finite", () => Rewritten(file.Arrays.Select(array => array.Name.EndsWith("bias", StringComparison.Ordinal) ? new SafetensorsArray(array.Name, array.Shape.Axes, Enumerable.Repeat(float.NaN, array.Length).ToArray()) : array), file.Metadata));
        foreach ((string from, string to, string word) in new[]
        {
            ("\"units\":4", "\"units\":90000", "network.0"),
            ("\"units\":4", "\"units\":3", "network.0"),
            ("\"units\":4", "\"units\":0", "'units'"),
            ("\"layers\":1", "\"layers\":2", "network.0"),
            ("\"cell\":\"Lstm\"", "\"cell\":\"Gru\"", "network.0"),
            ("\"cell\":\"Lstm\"", "\"cell\":\"1\"", "'cell'"),
            ("\"horizon\":4", "\"horizon\":5", "half_widths"),
            ("\"season\":7", "\"season\":-7", "'season'"),
            ("\"weight\":", "\"weigh\":", "'weight'"),
            ("\"windows\":[21]", "\"windows\":[21,21]", "'windows'"),
            ("\"windows\":[21]", "\"windows\":[]", "'windows'"),
            ("\"log\":false", "\"log\":0", "'log'"),
            ("\"covariates\":[]", "\"covariates\":[\"x\"]", "network.0"),
        })
        {
            string configuration = file.Metadata["model"];
            Assert.Contains(from, configuration, StringComparison.Ordinal);
            Refused(word, () => Rewritten(file.Arrays, new Dictionary<string, string>(file.Metadata) { ["model"] = configuration.Replace(from, to, StringComparison.Ordinal) }));
        }

        void Refused(string word, Func<byte[]> contents)
        {
            File.WriteAllBytes(path, contents());
            string message = Assert.Throws<EngramException>(() => ForecastModel.Load(path)).Message;
            Assert.Contains(word, message, StringComparison.Ordinal);
            Assert.Contains(path, message, StringComparison.Ordinal);
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
        string path = Path.Combine(folder, "saved.safetensors");
        model.Save(path);
        return ForecastModel.Load(path);
    }

    private byte[] Rewritten(IEnumerable<SafetensorsArray> arrays, IReadOnlyDictionary<string, string> metadata)
    {
        string path = Path.Combine(folder, "rewritten.safetensors");
        SafetensorsFile.Write(path, arrays, metadata);
        return File.ReadAllBytes(path);
    }
}
