using System.Globalization;
using System.Text;
using System.Text.Json;
using Engram.Data;
using Engram.Formats.Safetensors;
using Engram.Layers;

namespace Engram.Forecasting;

public sealed partial class ForecastModel
{
    private const string FormatName = "engram-forecast";
    private const string FormatVersion = "1";

    /// <summary>
    /// Writes the model as one safetensors file: the weights of each network as <c>network.0/lstm/lstm_cell/kernel</c>, the seasonal pattern and
    /// the half-widths of the intervals as arrays, the rest as JSON in the entry <c>model</c> of the metadata.
    /// </summary>
    /// <param name="path">The file's name; its folder must exist. A file of this name is replaced.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Save(string path)
    {
        var arrays = new List<SafetensorsArray>
        {
            new("half_widths", [halfWidths.Length, Horizon], halfWidths.SelectMany(row => row).ToArray().AsSpan()),
            new("seasonal", [core.Classical.Seasonal.Length], core.Classical.Seasonal.AsSpan()),
        };
        for (int i = 0; i < core.Networks.Count; i++)
        {
            foreach ((string name, Weight weight) in NamedWeights(i, core.Networks[i]))
            {
                arrays.Add(new SafetensorsArray(name, weight.Value.Axes, weight.Value.Span));
            }
        }

        SafetensorsFile.Write(path, arrays, new Dictionary<string, string> { ["format"] = FormatName, ["version"] = FormatVersion, ["model"] = Configuration() });
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file's name.</param>
    /// <exception cref="EngramException">The file is missing, damaged or none of a forecast; the message says what is wrong.</exception>
    public static ForecastModel Load(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        string Entry(string key) => file.Metadata.TryGetValue(key, out string? value)
            ? value
            : throw new EngramException($"{path}: is no forecast model; its metadata have no '{key}'.");
        if (Entry("format") != FormatName) { throw new EngramException($"{path}: is no forecast model; its format is '{Entry("format")}'."); }
        if (Entry("version") != FormatVersion) { throw new EngramException($"{path}: is a forecast model of version {Entry("version")}; this program reads version {FormatVersion}."); }
        try
        {
            using JsonDocument document = JsonDocument.Parse(Entry("model"));
            return Read(file, new ModelState(path, document.RootElement));
        }
        catch (JsonException e) { throw new EngramException($"{path}: the entry 'model' of the metadata is not valid JSON: {e.Message}", e); }
    }

    private string Configuration()
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteString("series", SeriesName);
            json.WriteString("unit", Frequency.Unit.ToString());
            json.WriteNumber("step", Frequency.Step);
            json.WriteNumber("day", Frequency.Day);
            if (FirstTime is DateTime first) { json.WriteString("first_time", first.ToString("O", CultureInfo.InvariantCulture)); }
            json.WriteNumber("seed", Seed);
            json.WriteNumber("horizon", Horizon);
            json.WriteNumber("season", Season);
            json.WriteBoolean("log", Log);
            json.WriteNumber("floor", scale.Floor);
            json.WriteString("cell", Cell.ToString());
            if (Head != ForecastHead.None) { json.WriteString("head", Head.ToString()); }
            json.WriteNumber("units", Units);
            json.WriteNumber("layers", Layers);
            Numbers(json, "levels", Levels);
            Numbers(json, "windows", core.Networks.Select(network => (double)network.Length));
            Numbers(json, "scales", core.Networks.Select(network => network.Scale));
            json.WriteNumber("weight", core.Weight);
            ClassicalForecast classical = core.Classical;
            json.WriteString("classical", classical.Kind.ToString());
            json.WriteNumber("drift", classical.Drift);
            json.WriteNumber("alpha", classical.Alpha);
            json.WriteNumber("beta", classical.Beta);
            json.WriteNumber("phi", classical.Phi);
            json.WriteNumber("initial_trend", classical.InitialTrend);
            json.WriteStartArray("covariates");
            foreach (string name in Covariates) { json.WriteStringValue(name); }
            json.WriteEndArray();
            if (core.CovariateScaler is { } scaler)
            {
                json.WritePropertyName("covariate_scaler");
                scaler.WriteJson(json);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(memory.ToArray());
    }

    private static void Numbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values) { json.WriteNumberValue(value); }
        json.WriteEndArray();
    }

    private static ForecastModel Read(SafetensorsFile file, ModelState state)
    {
        int horizon = state.Integer("horizon", 1, 1_000_000), season = state.Integer("season", 1, 1_000_000);
        double[] levels = state.Numbers("levels", level => level is > 0 and < 100), windows = state.Numbers("windows", length => length is >= 1 and <= 1_000_000 && length == (int)length);
        double[] scales = state.Numbers("scales", scale => scale > 0);
        string[] covariates = state.Texts("covariates");
        if (windows.Length is 0 or > 100 || windows.Length != scales.Length) { throw state.Wrong("windows", $"there are {windows.Length} windows and {scales.Length} scales; there must be as many, from 1 to 100"); }
        ForecastHead head = state.Has("head") ? state.Choice<ForecastHead>("head") : ForecastHead.None;
        for (int i = 1; i < levels.Length; i++) { if (levels[i] <= levels[i - 1]) { throw state.Wrong("levels", "must ascend"); } }
        var shape = new NetworkShape(
            state.Choice<RecurrentKind>("cell"), state.Integer("units", 1, 100_000), state.Integer("layers", 1, 100), covariates.Length, ForecastHeads.Create(head, levels));
        var arrays = new ArrayReader(state.Path, file);
        double[] widths = arrays.Doubles("half_widths", [head == ForecastHead.None ? levels.Length : 0, horizon]);
        ClassicalKind kind = state.Choice<ClassicalKind>("classical");
        bool patterned = kind is ClassicalKind.Holt or ClassicalKind.DampedHolt;
        double[] seasonal = arrays.Doubles("seasonal", [patterned ? season : 0]);

        var networks = new ForecastNetwork[windows.Length];
        for (int i = 0; i < networks.Length; i++) { networks[i] = ReadNetwork(arrays, i, shape, season, horizon, (int)windows[i], scales[i]); }
        arrays.DemandAllRead();
        StandardScaler? scaler = null;
        if (covariates.Length > 0)
        {
            scaler = Scaler.FromJson(state.Element("covariate_scaler")) as StandardScaler;
            if (scaler?.Columns != covariates.Length) { throw state.Wrong("covariate_scaler", $"must be a StandardScaler of {covariates.Length} columns"); }
        }

        ForecastScale scale = state.Truth("log") ? ForecastScale.Logarithm(state.Number("floor", floor => floor > 0)) : head == ForecastHead.NegativeBinomial ? ForecastScale.Counts : ForecastScale.Identity;
        var core = new ForecastCore
        {
            Networks = networks,
            Weight = state.Number("weight", weight => weight is >= 0 and <= 1),
            CovariateScaler = scaler,
            Classical = new ClassicalForecast
            {
                Kind = kind,
                Season = season,
                Drift = state.Number("drift"),
                Alpha = state.Number("alpha"),
                Beta = state.Number("beta"),
                Phi = state.Number("phi"),
                InitialTrend = state.Number("initial_trend"),
                Seasonal = seasonal,
            },
        };
        return new ForecastModel(shape, scale, core, [.. Enumerable.Range(0, widths.Length / horizon).Select(i => widths.AsSpan(i * horizon, horizon).ToArray())])
        {
            SeriesName = state.Text("series"),
            Covariates = covariates,
            Frequency = new Frequency(state.Choice<FrequencyUnit>("unit"), state.Integer("step", 1, int.MaxValue), state.Integer("day", 1, 31)),
            FirstTime = state.Time("first_time"),
            Levels = levels,
            Head = head,
            Seed = state.Long("seed"),
        };
    }

    // The kernel's size is compared before the network is built, so that a wrong configuration takes no memory.
    private static ForecastNetwork ReadNetwork(ArrayReader arrays, int number, NetworkShape shape, int season, int horizon, int window, double scale)
    {
        arrays.DemandAtLeast($"network.{number}/", (long)shape.Units * shape.Units * shape.Layers);
        var network = new ForecastNetwork(shape, season, horizon, window, scale, seed: 0);
        foreach ((string name, Weight weight) in NamedWeights(number, network)) { arrays.Floats(name, weight.Value.Axes).CopyTo(weight.Value.Span); }
        return network;
    }

    private static IEnumerable<(string Name, Weight Weight)> NamedWeights(int number, ForecastNetwork network)
    {
        foreach (Layer layer in network.Model.Layers)
        {
            foreach (Weight weight in layer.Weights) { yield return ($"network.{number}/{layer.Name}/{weight.Name}", weight); }
        }
    }
}
