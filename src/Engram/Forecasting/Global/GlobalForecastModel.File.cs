using System.Text.Json;
using Engram.Models;

namespace Engram.Forecasting;

public sealed partial class GlobalForecastModel
{
    private const string FormatName = "engram-global-forecast";

    /// <summary>
    /// Writes the model as a <c>.keras</c> file: one model of all networks, <c>network_0</c>, <c>network_1</c> and so on, each with an output of its
    /// own, over the inputs that they share; and in the entry <c>engram/forecast.json</c> scales, words, interval widths and all else.
    /// </summary>
    /// <param name="path">The file's name, which ends in <c>.keras</c>; its folder must exist. A file of this name is replaced.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        ForecastFile.Save(path, FormatName, Seed, core.Networks.Select(network => (network.Model, network.Model.InputNames)), Write);
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file's name.</param>
    /// <exception cref="EngramException">The file is missing, damaged or none of many series; the message says what is wrong.</exception>
    public static GlobalForecastModel Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        (IReadOnlyList<Network> networks, ModelState state) = ForecastFile.Load(path, FormatName, "forecast model of many series");
        return Read(networks, state);
    }

    /// <summary>Whether a file holds a model of many series, by its settings alone.</summary>
    /// <param name="path">The file's name.</param>
    /// <exception cref="EngramException">The file is missing or damaged.</exception>
    public static bool IsModel(string path) => ForecastFile.Is(path, FormatName);

    private void Write(Utf8JsonWriter json)
    {
        PanelShape shape = core.Shape;
        json.WriteNumber("seed", Seed);
        json.WriteNumber("horizon", shape.Horizon);
        json.WriteNumber("window", shape.Window);
        json.WriteNumber("patch", shape.Patch);
        ForecastFile.Numbers(json, "seasons", shape.Seasons.Select(season => (double)season));
        json.WriteString("output", shape.Output.ToString());
        json.WriteBoolean("by_mean", shape.ByMean);
        json.WriteString("base", shape.Base.ToString());
        json.WriteBoolean("flags", shape.Flags);
        json.WriteString("cell", shape.Cell.ToString());
        json.WriteNumber("units", shape.Units);
        json.WriteNumber("layers", shape.Layers);
        json.WriteString("head", Head.ToString());
        json.WriteNumber("paths", Paths);
        ForecastFile.Numbers(json, "levels", Levels);
        PanelEncoding encoding = core.Encoding;
        json.WriteNumber("calendar", (int)encoding.Calendar);
        ForecastFile.Texts(json, "past", encoding.Past);
        ForecastFile.Texts(json, "future", encoding.Future);
        ForecastFile.Texts(json, "statics", encoding.Statics);
        ForecastFile.Texts(json, "categories", encoding.Categories);
        ForecastFile.Numbers(json, "column_means", encoding.ColumnScales.Select(scale => scale.Mean));
        ForecastFile.Numbers(json, "column_deviations", encoding.ColumnScales.Select(scale => scale.Deviation));
        ForecastFile.Numbers(json, "static_means", encoding.StaticScales.Select(scale => scale.Mean));
        ForecastFile.Numbers(json, "static_deviations", encoding.StaticScales.Select(scale => scale.Deviation));
        for (int i = 0; i < encoding.Words.Count; i++) { ForecastFile.Texts(json, $"words.{i}", encoding.Words[i]); }
        ForecastFile.Numbers(json, "half_widths", halfWidths.SelectMany(row => row));
    }

    private static GlobalForecastModel Read(IReadOnlyList<Network> models, ModelState state)
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
        if (models.Count == 0) { throw state.Disagrees("the model has no network", "at least one"); }
        double[][] widths = ForecastFile.Rows(state, "half_widths", head == ForecastHead.None ? levels.Length : 0, shape.Horizon);
        PanelNetwork[] networks = [.. models.Select(model => new PanelNetwork(shape, ForecastFile.Demand(state, model, PanelNetwork.Unbuilt(shape, seed: 0))))];
        return new GlobalForecastModel(new PanelCore(encoding, networks), widths)
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
}
