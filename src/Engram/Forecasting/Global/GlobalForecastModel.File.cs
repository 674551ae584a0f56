using System.Text;
using System.Text.Json;
using Engram.Formats.Safetensors;
using Engram.Layers;

namespace Engram.Forecasting;

public sealed partial class GlobalForecastModel
{
    /// <summary>What the entry <c>format</c> of the file's metadata says.</summary>
    internal const string FormatName = "engram-global-forecast";

    private const string FormatVersion = "1";

    /// <summary>
    /// Writes the model as one safetensors file: the weights of each network as <c>network.0/encoder_0/...</c> and the half-widths of the intervals as
    /// arrays, the rest as JSON in the entry <c>model</c> of the metadata.
    /// </summary>
    /// <param name="path">The file's name; its folder must exist. A file of this name is replaced.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Save(string path)
    {
        var arrays = new List<SafetensorsArray> { new("half_widths", [halfWidths.Length, Horizon], halfWidths.SelectMany(row => row).ToArray().AsSpan()) };
        for (int i = 0; i < core.Networks.Count; i++)
        {
            foreach ((string name, Weight weight) in NamedWeights(i, core.Networks[i])) { arrays.Add(new SafetensorsArray(name, weight.Value.Axes, weight.Value.Span)); }
        }

        SafetensorsFile.Write(path, arrays, new Dictionary<string, string> { ["format"] = FormatName, ["version"] = FormatVersion, ["model"] = Configuration() });
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file's name.</param>
    /// <exception cref="EngramException">The file is missing, damaged or none of many series; the message says what is wrong.</exception>
    public static GlobalForecastModel Load(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        string Entry(string key) => file.Metadata.TryGetValue(key, out string? value)
            ? value
            : throw new EngramException($"{path}: is no forecast model of many series; its metadata have no '{key}'.");
        if (Entry("format") != FormatName) { throw new EngramException($"{path}: is no forecast model of many series; its format is '{Entry("format")}'."); }
        if (Entry("version") != FormatVersion) { throw new EngramException($"{path}: is a forecast model of version {Entry("version")}; this program reads version {FormatVersion}."); }
        try
        {
            using JsonDocument document = JsonDocument.Parse(Entry("model"));
            return Read(file, new ModelState(path, document.RootElement));
        }
        catch (JsonException e) { throw new EngramException($"{path}: the entry 'model' of the metadata is not valid JSON: {e.Message}", e); }
    }

    /// <summary>Whether a file holds a model of many series, by its metadata alone.</summary>
    /// <param name="path">The file's name.</param>
    /// <exception cref="EngramException">The file is missing or damaged.</exception>
    public static bool IsModel(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.Metadata.TryGetValue("format", out string? format) && format == FormatName;
    }

    private string Configuration()
    {
        PanelShape shape = core.Shape;
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            json.WriteNumber("seed", Seed);
            json.WriteNumber("horizon", shape.Horizon);
            json.WriteNumber("window", shape.Window);
            json.WriteNumber("patch", shape.Patch);
            Numbers(json, "seasons", shape.Seasons.Select(season => (double)season));
            json.WriteString("output", shape.Output.ToString());
            json.WriteBoolean("by_mean", shape.ByMean);
            json.WriteString("base", shape.Base.ToString());
            json.WriteBoolean("flags", shape.Flags);
            json.WriteString("cell", shape.Cell.ToString());
            json.WriteNumber("units", shape.Units);
            json.WriteNumber("layers", shape.Layers);
            json.WriteNumber("networks", core.Networks.Count);
            json.WriteString("head", Head.ToString());
            json.WriteNumber("paths", Paths);
            Numbers(json, "levels", Levels);
            PanelEncoding encoding = core.Encoding;
            json.WriteNumber("calendar", (int)encoding.Calendar);
            Texts(json, "past", encoding.Past);
            Texts(json, "future", encoding.Future);
            Texts(json, "statics", encoding.Statics);
            Texts(json, "categories", encoding.Categories);
            Numbers(json, "column_means", encoding.ColumnScales.Select(scale => scale.Mean));
            Numbers(json, "column_deviations", encoding.ColumnScales.Select(scale => scale.Deviation));
            Numbers(json, "static_means", encoding.StaticScales.Select(scale => scale.Mean));
            Numbers(json, "static_deviations", encoding.StaticScales.Select(scale => scale.Deviation));
            for (int i = 0; i < encoding.Words.Count; i++) { Texts(json, $"words.{i}", encoding.Words[i]); }
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

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) { json.WriteStringValue(value); }
        json.WriteEndArray();
    }

    private static GlobalForecastModel Read(SafetensorsFile file, ModelState state)
    {
        const int Most = 1_000_000;
        double[] levels = state.Numbers("levels", level => level is > 0 and < 100);
        for (int i = 1; i < levels.Length; i++) { if (levels[i] <= levels[i - 1]) { throw state.Wrong("levels", "must ascend"); } }
        double[] seasons = state.Numbers("seasons", season => season is >= 2 and <= Most && season == (int)season);
        string[] past = state.Texts("past"), future = state.Texts("future"), statics = state.Texts("statics"), categories = state.Texts("categories");
        var encoding = new PanelEncoding
        {
            Past = past,
            Future = future,
            Calendar = (CalendarFeatures)state.Integer("calendar", 0, 7),
            Statics = statics,
            Categories = categories,
            ColumnScales = Scales(state, "column", past.Length + future.Length),
            StaticScales = Scales(state, "static", statics.Length),
            Words = [.. categories.Select((_, i) => Words(state, $"words.{i}"))],
        };
        ForecastHead head = state.Choice<ForecastHead>("head");
        var shape = new PanelShape
        {
            Horizon = state.Integer("horizon", 1, Most),
            Window = state.Integer("window", 1, Most),
            Patch = state.Integer("patch", 1, Most),
            Seasons = [.. seasons.Select(season => (int)season)],
            Output = state.Choice<ForecastOutput>("output"),
            ByMean = state.Truth("by_mean"),
            Base = state.Choice<ForecastBase>("base"),
            Flags = state.Truth("flags"),
            Covariates = past.Length + encoding.Known,
            Known = encoding.Known,
            Statics = statics.Length,
            Categories = [.. encoding.Words.Select(words => words.Length + 1)],
            Cell = state.Choice<RecurrentKind>("cell"),
            Units = state.Integer("units", 1, 100_000),
            Layers = state.Integer("layers", 1, 100),
            Dropout = 0, // only training drops
            Head = ForecastHeads.Create(head, levels),
        };
        if (shape.Patch > shape.Window) { throw state.Wrong("patch", "must not be longer than the window"); }
        var arrays = new ArrayReader(state.Path, file);
        double[] widths = arrays.Doubles("half_widths", [head == ForecastHead.None ? levels.Length : 0, shape.Horizon]);
        var networks = new PanelNetwork[state.Integer("networks", 1, 100)];
        for (int i = 0; i < networks.Length; i++)
        {
            // The kernel's size is compared before the network is built, so that a wrong configuration takes no memory.
            arrays.DemandAtLeast($"network.{i}/", ((long)shape.Units * shape.Units * shape.Layers) + ((long)shape.Patch * shape.Channels));
            networks[i] = new PanelNetwork(shape, seed: 0);
            foreach ((string name, Weight weight) in NamedWeights(i, networks[i])) { arrays.Floats(name, weight.Value.Axes).CopyTo(weight.Value.Span); }
        }

        arrays.DemandAllRead();
        return new GlobalForecastModel(new PanelCore(encoding, networks), [.. Enumerable.Range(0, widths.Length / shape.Horizon).Select(i => widths.AsSpan(i * shape.Horizon, shape.Horizon).ToArray())])
        {
            Levels = levels,
            Head = head,
            Paths = state.Integer("paths", 1, 10_000),
            Seed = state.Long("seed"),
        };
    }

    private static (double Mean, double Deviation)[] Scales(ModelState state, string name, int count)
    {
        double[] means = state.Numbers($"{name}_means", _ => true), deviations = state.Numbers($"{name}_deviations", deviation => deviation > 0);
        return means.Length == count && deviations.Length == count ? [.. means.Zip(deviations)] : throw state.Wrong($"{name}_means", $"there must be {count} means and deviations");
    }

    private static string[] Words(ModelState state, string name)
    {
        string[] words = state.Texts(name);
        for (int i = 1; i < words.Length; i++) { if (string.CompareOrdinal(words[i], words[i - 1]) <= 0) { throw state.Wrong(name, "must ascend"); } }
        return words;
    }

    private static IEnumerable<(string Name, Weight Weight)> NamedWeights(int number, PanelNetwork network)
    {
        foreach (Layer layer in network.Model.Layers)
        {
            foreach (Weight weight in layer.Weights) { yield return ($"network.{number}/{layer.Name}/{weight.Name}", weight); }
        }
    }
}
