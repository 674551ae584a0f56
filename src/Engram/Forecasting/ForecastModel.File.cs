using System.Globalization;
using System.Text.Json;
using Engram.Data;
using Engram.Models;

namespace Engram.Forecasting;

public sealed partial class ForecastModel
{
    private const string FormatName = "engram-forecast";

    /// <summary>
    /// Writes the model as a <c>.keras</c> file: one model of all networks, <c>network_0</c>, <c>network_1</c> and so on, each with an output of its
    /// own, over one input for each length of window; and in the entry <c>engram/forecast.json</c> scale, season, interval widths and all else.
    /// </summary>
    /// <param name="path">The file's name, which ends in <c>.keras</c>; its folder must exist. A file of this name is replaced.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        ForecastFile.Save(path, FormatName, Seed, core.Networks.Select(network => (network.Model, (IReadOnlyList<string>)[$"window_{network.Length}"])), Write);
    }

    /// <summary>Reads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file's name.</param>
    /// <exception cref="EngramException">The file is missing, damaged or none of a forecast; the message says what is wrong.</exception>
    public static ForecastModel Load(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        (IReadOnlyList<Network> networks, ModelState state) = ForecastFile.Load(path, FormatName, "forecast model");
        return Read(networks, state);
    }

    private void Write(Utf8JsonWriter json)
    {
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
        ForecastFile.Numbers(json, "levels", Levels);
        ForecastFile.Numbers(json, "windows", core.Networks.Select(network => (double)network.Length));
        ForecastFile.Numbers(json, "scales", core.Networks.Select(network => network.Scale));
        json.WriteNumber("weight", core.Weight);
        ClassicalForecast classical = core.Classical;
        json.WriteString("classical", classical.Kind.ToString());
        json.WriteNumber("drift", classical.Drift);
        json.WriteNumber("alpha", classical.Alpha);
        json.WriteNumber("beta", classical.Beta);
        json.WriteNumber("phi", classical.Phi);
        json.WriteNumber("initial_trend", classical.InitialTrend);
        ForecastFile.Texts(json, "covariates", Covariates);
        ForecastFile.Numbers(json, "half_widths", halfWidths.SelectMany(row => row));
        ForecastFile.Numbers(json, "seasonal", classical.Seasonal);
        if (core.CovariateScaler is { } scaler)
        {
            json.WritePropertyName("covariate_scaler");
            scaler.WriteJson(json);
        }
    }

    private static ForecastModel Read(IReadOnlyList<Network> models, ModelState state)
    {
        int horizon = state.Integer("horizon", 1, 1_000_000), season = state.Integer("season", 1, 1_000_000);
        double[] levels = state.Numbers("levels", level => level is > 0 and < 100), windows = state.Numbers("windows", length => length is >= 1 and <= 1_000_000 && length == (int)length);
        double[] scales = state.Numbers("scales", scale => scale > 0);
        string[] covariates = state.Texts("covariates");
        if (windows.Length == 0 || windows.Length != models.Count || windows.Length != scales.Length)
        {
            throw state.Wrong("windows", $"there are {windows.Length} windows and {scales.Length} scales for {models.Count} networks; there must be one of each for each");
        }

        ForecastHead head = state.Has("head") ? state.Choice<ForecastHead>("head") : ForecastHead.None;
        for (int i = 1; i < levels.Length; i++) { if (levels[i] <= levels[i - 1]) { throw state.Wrong("levels", "must ascend"); } }
        var shape = new NetworkShape(
            state.Choice<RecurrentKind>("cell"), state.Integer("units", 1, 100_000), state.Integer("layers", 1, 100), covariates.Length, ForecastHeads.Create(head, levels));
        double[][] widths = ForecastFile.Rows(state, "half_widths", head == ForecastHead.None ? levels.Length : 0, horizon);
        ClassicalKind kind = state.Choice<ClassicalKind>("classical");
        bool patterned = kind is ClassicalKind.Holt or ClassicalKind.DampedHolt;
        double[] seasonal = state.Numbers("seasonal", patterned ? season : 0);

        var networks = new ForecastNetwork[windows.Length];
        for (int i = 0; i < networks.Length; i++)
        {
            Network model = ForecastFile.Demand(state, models[i], ForecastNetwork.Unbuilt(shape, horizon, (int)windows[i], seed: 0));
            networks[i] = new ForecastNetwork(shape, season, horizon, (int)windows[i], scales[i], model);
        }

        StandardScaler? scaler = null;
        if (covariates.Length > 0)
        {
            try { scaler = Scaler.FromJson(state.Element("covariate_scaler")) as StandardScaler; }
            catch (EngramException e) { throw state.Wrong("covariate_scaler", e.Message.TrimEnd('.')); }
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
        return new ForecastModel(shape, scale, core, widths)
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
}
