using Engram.Data;

namespace Engram.Forecasting;

/// <summary>
/// A trained forecast of many series: networks, scales, words and interval widths. Made by <see cref="GlobalForecaster.Run"/>, kept in one safetensors
/// file, and used on new rows, and on series that it has never seen, without training.
/// </summary>
public sealed partial class GlobalForecastModel
{
    private readonly PanelCore core;
    private readonly double[][] halfWidths; // in units of a window's scale: (levels, steps ahead); none with a head

    private GlobalForecastModel(PanelCore core, double[][] halfWidths)
    {
        this.core = core;
        this.halfWidths = halfWidths;
    }

    /// <summary>How many steps ahead it forecasts at most.</summary>
    public int Horizon => core.Shape.Horizon;

    /// <summary>How many past values the networks see.</summary>
    public int Window => core.Shape.Window;

    /// <summary>How many values are read as one step.</summary>
    public int Patch => core.Shape.Patch;

    /// <summary>The seasons; empty for none.</summary>
    public IReadOnlyList<int> Seasons => core.Shape.Seasons;

    /// <summary>How the networks put out the steps ahead.</summary>
    public ForecastOutput Output => core.Shape.Output;

    /// <summary>What a window is divided by.</summary>
    public WindowScaling Scaling => core.Shape.ByMean ? WindowScaling.Mean : WindowScaling.Spread;

    /// <summary>The number of networks.</summary>
    public int Networks => core.Networks.Count;

    /// <summary>The kind of recurrent layer.</summary>
    public RecurrentKind Cell => core.Shape.Cell;

    /// <summary>The units of each recurrent layer.</summary>
    public int Units => core.Shape.Units;

    /// <summary>The number of recurrent layers.</summary>
    public int Layers => core.Shape.Layers;

    /// <summary>The number of weights of one network.</summary>
    public int Parameters => core.Networks[0].Model.Weights.Sum(weight => weight.Value.Length);

    /// <summary>The past covariates.</summary>
    public IReadOnlyList<string> Past => core.Encoding.Past;

    /// <summary>The covariates known ahead.</summary>
    public IReadOnlyList<string> Future => core.Encoding.Future;

    /// <summary>The static columns.</summary>
    public IReadOnlyList<string> Statics => core.Encoding.Statics;

    /// <summary>The categories.</summary>
    public IReadOnlyList<string> Categories => core.Encoding.Categories;

    /// <summary>What of the calendar the networks are told.</summary>
    public CalendarFeatures Calendar => core.Encoding.Calendar;

    /// <summary>The levels of the intervals in percent.</summary>
    public required IReadOnlyList<double> Levels { get; init; }

    /// <summary>What the networks predict.</summary>
    public required ForecastHead Head { get; init; }

    /// <summary>How many paths are sampled for a recursive output with a head.</summary>
    public required int Paths { get; init; }

    /// <summary>The seed that everything random followed from.</summary>
    public required long Seed { get; init; }

    internal static GlobalForecastModel Create(PanelPlan plan, PanelCore core, double[][] halfWidths) => new(core, halfWidths)
    {
        Levels = plan.Options.Intervals,
        Head = plan.Options.Head,
        Paths = plan.Options.Paths,
        Seed = plan.Options.Seed,
    };

    /// <summary>Forecasts what follows each series, without training.</summary>
    /// <param name="panel">The series that the model was trained on, what has become of them since, or others of their kind.</param>
    /// <param name="horizon">How many steps ahead; null for all that the model can.</param>
    /// <returns>The forecasts in the panel's order.</returns>
    /// <exception cref="EngramException">A column is lacking, a covariate is not known far enough ahead, or the horizon is more than the model's.</exception>
    public IReadOnlyList<SeriesForecast> Forecast(SeriesPanel panel, int? horizon = null)
    {
        ArgumentNullException.ThrowIfNull(panel);
        int steps = horizon ?? Horizon;
        if (steps < 1 || steps > Horizon) { throw new EngramException($"The model forecasts 1 to {Horizon} steps ahead, not {steps}; train one with the horizon that is wanted."); }
        RequireKnownAhead(panel, steps);
        PanelRow[] rows = core.Encoding.Rows(panel, Horizon);
        PanelForecasts forecasts = core.Forecast(rows, [.. rows.Select((row, i) => (i, row.Count))], Levels, Paths, Seed);
        return [.. panel.Series.Select((one, i) => new SeriesForecast(one.Id, one.Target, one.Name, Of(panel, one, forecasts, i, steps)))];
    }

    /// <summary>Refuses covariates that are not known as far ahead as is forecast.</summary>
    internal static void RequireKnownAhead(SeriesPanel panel, int steps)
    {
        foreach (PanelSeries one in panel.Series)
        {
            foreach (Covariate column in one.Future)
            {
                int known = Math.Max(0, Array.FindLastIndex(column.Values, value => !double.IsNaN(value)) + 1 - one.Count);
                if (known < steps) { throw new EngramException($"Series '{one.Name}': '{column.Name}' is known for {known} rows after the last value; {steps} are needed. Add rows without a target, or leave the column out of those known ahead."); }
            }
        }
    }

    private Forecast Of(SeriesPanel panel, PanelSeries one, PanelForecasts forecasts, int i, int steps)
    {
        var values = new double[steps];
        for (int j = 0; j < steps; j++) { values[j] = forecasts.Values[i, j]; }
        var intervals = new PredictionInterval[Levels.Count];
        for (int k = 0; k < intervals.Length; k++)
        {
            (double[] lower, double[] upper) = (new double[steps], new double[steps]);
            for (int j = 0; j < steps; j++)
            {
                lower[j] = Head == ForecastHead.None ? values[j] - (halfWidths[k][j] * forecasts.Scales[i]) : forecasts.Below[k][i, j];
                upper[j] = Head == ForecastHead.None ? values[j] + (halfWidths[k][j] * forecasts.Scales[i]) : forecasts.Above[k][i, j];
            }

            intervals[k] = new PredictionInterval(Levels[k], lower, upper);
        }

        bool dated = one.Times is not null && panel.Frequency.Unit != FrequencyUnit.Irregular;
        return new Forecast(values, dated ? panel.Frequency.After(one.Times![^1], steps) : null, intervals);
    }
}
