using Engram.Data;

namespace Engram.Forecasting;

/// <summary>
/// A trained forecast: networks, scale, season, classical method and interval widths. Made by <see cref="Forecaster.Run"/>, kept in one
/// safetensors file, and used on new data without training.
/// </summary>
public sealed partial class ForecastModel
{
    private readonly NetworkShape shape;
    private readonly ForecastScale scale;
    private readonly ForecastCore core;
    private readonly double[][] halfWidths; // on the forecasting scale: (levels, steps ahead); none with a head

    private ForecastModel(NetworkShape shape, ForecastScale scale, ForecastCore core, double[][] halfWidths)
    {
        this.shape = shape;
        this.scale = scale;
        this.core = core;
        this.halfWidths = halfWidths;
    }

    /// <summary>What the series was called.</summary>
    public required string SeriesName { get; init; }

    /// <summary>How many steps ahead it forecasts at most.</summary>
    public int Horizon => core.Horizon;

    /// <summary>The season; 1 for none.</summary>
    public int Season => core.Season;

    /// <summary>Whether the logarithm is forecast.</summary>
    public bool Log => scale.Log;

    /// <summary>How many past values each network sees.</summary>
    public IReadOnlyList<int> Windows => [.. core.Networks.Select(network => network.Length)];

    /// <summary>The kind of recurrent layer.</summary>
    public RecurrentKind Cell => shape.Cell;

    /// <summary>The units of each recurrent layer.</summary>
    public int Units => shape.Units;

    /// <summary>The number of recurrent layers.</summary>
    public int Layers => shape.Layers;

    /// <summary>The classical method that the networks are drawn towards.</summary>
    public string Classical => ClassicalForecast.NameOf(core.Classical.Kind, Season);

    /// <summary>The weight of the networks, from 0 to 1.</summary>
    public double NetworkWeight => core.Weight;

    /// <summary>The names of the past covariates, in the order in which a series must have them.</summary>
    public required IReadOnlyList<string> Covariates { get; init; }

    /// <summary>How the times of the series advance.</summary>
    public required Frequency Frequency { get; init; }

    /// <summary>The time of the first training row, or null.</summary>
    public required DateTime? FirstTime { get; init; }

    /// <summary>The levels of the intervals in percent.</summary>
    public required IReadOnlyList<double> Levels { get; init; }

    /// <summary>What the networks predict: numbers, with conformal intervals, or distributions, whose quantiles are the bounds.</summary>
    public required ForecastHead Head { get; init; }

    /// <summary>The seed that everything random followed from.</summary>
    public required long Seed { get; init; }

    internal static ForecastModel Create(ForecastPlan plan, ForecastCore core, double[][] halfWidths)
    {
        ForecastOptions options = plan.Options;
        var shape = new NetworkShape(options.Cell, options.Units, options.Layers, plan.Series.Covariates.Count, ForecastHeads.Create(options.Head, options.Intervals));
        return new ForecastModel(shape, plan.Scale, core, halfWidths)
        {
            SeriesName = plan.Series.Name,
            Covariates = [.. plan.Series.Covariates.Select(covariate => covariate.Name)],
            Frequency = plan.Series.Frequency,
            FirstTime = plan.Series.Times?[0],
            Levels = options.Intervals,
            Head = options.Head,
            Seed = options.Seed,
        };
    }

    /// <summary>Forecasts what follows a series, without training.</summary>
    /// <param name="series">
    /// The series that the model was trained on, or what has become of it since: later rows, or its latest rows alone. Where the model has a
    /// season and the series has no times, it must begin a whole number of seasons after the first row of training.
    /// </param>
    /// <param name="horizon">How many steps ahead; null for all that the model can.</param>
    /// <exception cref="EngramException">The series is too short, advances in other steps or lacks a covariate, or the horizon is more than the model's.</exception>
    public Forecast Forecast(TimeSeries series, int? horizon = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        int steps = horizon ?? Horizon;
        if (steps < 1 || steps > Horizon) { throw new EngramException($"The model forecasts 1 to {Horizon} steps ahead, not {steps}; train one with the horizon that is wanted."); }
        if (series.Count < core.FewestRows) { throw new EngramException($"'{series.Name}' has {series.Count} values; the model needs at least {core.FewestRows} to look back on."); }
        double[] past = scale.Forward(series.Values);
        Covariate[] covariates = CovariatesOf(series);
        double[,] z = core.Forecast(past, covariates, [series.Count], Phase(series));
        (double[][,] below, double[][,] above) = Head == ForecastHead.None ? ([], []) : core.Spread(past, covariates, [series.Count], Levels);

        var values = new double[steps];
        for (int j = 0; j < steps; j++) { values[j] = scale.Back(z[0, j]); }
        var intervals = new PredictionInterval[Levels.Count];
        for (int i = 0; i < intervals.Length; i++)
        {
            (double[] lower, double[] upper) = (new double[steps], new double[steps]);
            for (int j = 0; j < steps; j++)
            {
                lower[j] = scale.Back(z[0, j] - (Head == ForecastHead.None ? halfWidths[i][j] : below[i][0, j]));
                upper[j] = scale.Back(z[0, j] + (Head == ForecastHead.None ? halfWidths[i][j] : above[i][0, j]));
            }

            intervals[i] = new PredictionInterval(Levels[i], lower, upper);
        }

        bool known = series.Times is not null && series.Frequency.Unit != FrequencyUnit.Irregular;
        return new Forecast(values, known ? series.Frequency.After(series.Times![^1], steps) : null, intervals);
    }

    private Covariate[] CovariatesOf(TimeSeries series) => [.. Covariates.Select(name => series.Covariates.FirstOrDefault(covariate => covariate.Name == name)
        ?? throw new EngramException($"The model was trained with the covariate '{name}', which '{series.Name}' does not have. Read it beside the series."))];

    /// <summary>How many rows after a whole number of seasons from the first row of training the series begins.</summary>
    private int Phase(TimeSeries series)
    {
        if (FirstTime is not DateTime first || series.Times is not DateTime[] times || Frequency.Unit == FrequencyUnit.Irregular) { return 0; }
        if (series.Frequency.Unit != Frequency.Unit || series.Frequency.Step != Frequency.Step)
        {
            throw new EngramException($"The model was trained on a {Frequency.Name} series; '{series.Name}' is {series.Frequency.Name}.");
        }

        long rows = Rows(first, times[0]);
        return (int)(((rows % Season) + Season) % Season);
    }

    private long Rows(DateTime from, DateTime to) => Frequency.Unit switch
    {
        FrequencyUnit.Month => ((12L * (to.Year - from.Year)) + to.Month - from.Month) / Frequency.Step,
        FrequencyUnit.BusinessDay => (BusinessDay(to) - BusinessDay(from)) / Frequency.Step,
        FrequencyUnit.Day => (long)Math.Round((to - from).TotalDays / Frequency.Step),
        _ => (long)Math.Round((to - from).TotalSeconds / Frequency.Step),
    };

    // Days from Monday to Friday since Monday, 1 January of the year 1.
    private static long BusinessDay(DateTime time)
    {
        (long week, long day) = Math.DivRem(time.Ticks / TimeSpan.TicksPerDay, 7);
        return (5 * week) + Math.Min(day, 5);
    }
}
