using System.Text;
using Engram.Data;
using Engram.Forecasting;
using Engram.Models;
using Engram.Tests.Fuzzing;
using Xunit.Abstractions;
using static Engram.Tests.Forecasting.SeriesToForecast;

namespace Engram.Tests.Forecasting;

/// <summary>Damaged settings of forecasts: read, or refused by name.</summary>
public sealed class ForecastFileFuzzTests(ITestOutputHelper output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-forecast-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Damaged_settings_of_a_series_are_read_or_refused()
    {
        TimeSeries series = Daily(Wave(100, 7, 0.02, 0.5, 26), new Covariate("price", Noise(100, 22)));
        string path = Path.Combine(folder, "one.keras");
        Forecaster.Run(series, new ForecastOptions { Horizon = 4, Networks = 2, Units = 3, Epochs = 1 }).Model.Save(path);
        Damage(path, damaged => ForecastModel.Load(damaged));
    }

    [Theory]
    [InlineData(ForecastOutput.Direct, ForecastHead.None)]
    [InlineData(ForecastOutput.EncoderDecoder, ForecastHead.Quantiles)]
    public void Damaged_settings_of_many_series_are_read_or_refused(ForecastOutput kind, ForecastHead head)
    {
        string path = Path.Combine(folder, "many.keras");
        GlobalForecaster.Run(Panels.Full(), GlobalForecasterTests.Options(kind, head)).Model.Save(path);
        Damage(path, damaged => GlobalForecastModel.Load(damaged));
    }

    private void Damage(string path, Action<string> load)
    {
        Network network = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
        var mutator = new JsonMutator([Encoding.UTF8.GetString(entries["forecast.json"].Span)]);
        load(path);
        Fuzz.Run(300, mutator.Mutate, () =>
        {
            string damaged = Path.Combine(folder, Path.GetRandomFileName() + ".keras");
            return bytes =>
            {
                network.Save(damaged, new Dictionary<string, ReadOnlyMemory<byte>> { ["forecast.json"] = bytes });
                try { load(damaged); }
                catch (EngramException e)
                {
                    Assert.StartsWith($"{damaged}: ", e.Message, StringComparison.Ordinal);
                    throw;
                }
            };
        }, output.WriteLine);
    }
}
