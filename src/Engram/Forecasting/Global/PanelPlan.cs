using Engram.Data;

namespace Engram.Forecasting;

/// <summary>What is decided about a panel before anything is trained, by the rows before the test.</summary>
internal sealed class PanelPlan
{
    private const int MostWindows = 2_000_000;
    private const int SampledSeries = 50;

    private PanelPlan(SeriesPanel panel, GlobalForecastOptions options)
    {
        Panel = panel;
        Options = options;
        TestRows = options.TestRows ?? options.Horizon;
        Notes = [.. panel.Notes];
    }

    public SeriesPanel Panel { get; }

    public GlobalForecastOptions Options { get; }

    /// <summary>The rows held out at the end of each series.</summary>
    public int TestRows { get; }

    public List<string> Notes { get; }

    public IReadOnlyList<int> Seasons { get; private set; } = [];

    public int Window { get; private set; }

    public int Patch { get; private set; }

    public bool ByMean { get; private set; }

    /// <summary>The fewest rows before an origin that is learnt from or measured.</summary>
    public int LeastHistory => Math.Min(Window, Seasons.Count > 0 ? Seasons[^1] : Patch);

    /// <summary>How many origins the backtest has in each series.</summary>
    public int Origins { get; private set; }

    /// <summary>The rows between two origins.</summary>
    public int Stride => Options.Stride ?? (Options.Refit ? Options.Horizon : 1);

    public static PanelPlan Create(SeriesPanel panel, GlobalForecastOptions options)
    {
        var plan = new PanelPlan(panel, options);
        if (plan.TestRows < options.Horizon) { throw new EngramException($"{plan.TestRows} test rows are fewer than the horizon of {options.Horizon}; test on {options.Horizon} rows or more."); }
        if (options.Head == ForecastHead.NegativeBinomial) { throw new EngramException("A negative binomial head is for single series; take student-t, mixture or quantiles for many."); }
        plan.Origins = ((plan.TestRows - options.Horizon) / plan.Stride) + 1;
        plan.Decide();
        int learnable = panel.Series.Count(one => one.Count - plan.TestRows - options.ValidationRows > plan.LeastHistory);
        if (learnable == 0)
        {
            PanelSeries longest = panel.Series.MaxBy(one => one.Count)!;
            throw new EngramException(
                $"No series is long enough: the longest, '{longest.Name}', has {longest.Count} values, and {plan.LeastHistory} to look back on, 1 to learn, {options.ValidationRows} to validate and {plan.TestRows} to test are needed.");
        }

        GlobalForecastModel.RequireKnownAhead(panel, options.Horizon);

        if (learnable < panel.Series.Count) { plan.Notes.Add($"{panel.Series.Count - learnable} of {panel.Series.Count} series are too short to be learnt from or measured; they are forecast nevertheless."); }
        return plan;
    }

    /// <summary>Of each series, how many rows a training may use that knows nothing of the origin of a number, or all rows.</summary>
    public int[] Ends(int? origin) => [.. Panel.Series.Select(one => origin is int k ? Math.Max(0, one.Count - TestRows + (k * Stride)) : one.Count)];

    /// <summary>What the networks see.</summary>
    public PanelShape Shape(PanelEncoding encoding) => new()
    {
        Horizon = Options.Horizon,
        Window = Window,
        Patch = Patch,
        Seasons = Seasons,
        Output = Options.Output,
        ByMean = ByMean,
        Base = Options.Base,
        Flags = Panel.Series.Any(one => one.Values.Any(double.IsNaN)) || LeastHistory < Window,
        Covariates = encoding.ColumnScales.Count + CalendarColumns.Count(encoding.Calendar),
        Known = encoding.Known,
        Statics = encoding.Statics.Count,
        Categories = [.. encoding.Words.Select(words => words.Length + 1)],
        Cell = Options.Cell,
        Units = Options.Units,
        Layers = Options.Layers,
        Dropout = Options.Dropout,
        Head = ForecastHeads.Create(Options.Head, Options.Intervals),
    };

    /// <summary>The windows to learn from or to validate on: origins from a row up to another, in each series.</summary>
    public (int Row, int Origin)[] Samples(IReadOnlyList<PanelRow> rows, Func<int, int> first, int[] ends, PanelShape shape)
    {
        var samples = new List<(int, int)>();
        for (int i = 0; i < rows.Count; i++)
        {
            for (int o = Math.Max(first(i), LeastHistory); o < ends[i]; o++)
            {
                bool known = false;
                for (int j = 0; j < shape.Ahead && o + j < ends[i] && !known; j++) { known = !double.IsNaN(rows[i].Values[o + j]); }
                if (known && PanelWindows.LevelOf(rows[i], o, shape) is not null) { samples.Add((i, o)); }
            }
        }

        if (samples.Count <= MostWindows) { return [.. samples]; }
        return [.. WindowPlan.Spread(0, samples.Count, MostWindows).Select(at => samples[at])];
    }

    /// <summary>How many batches a network learns from.</summary>
    public int StepsFor(int windows) => Options.Steps ?? (int)Math.Clamp(5L * windows / Options.BatchSize, 300, 2500);

    private void Decide()
    {
        IReadOnlyList<PanelSeries> all = Panel.Series;
        Seasons = Options.Seasons ?? FindSeasons();
        ByMean = Options.Scaling switch
        {
            WindowScaling.Mean => true,
            WindowScaling.Spread => false,
            _ => all.All(one => one.Values.Take(one.Count - TestRows).All(value => !(value <= 0))),
        };
        int longest = Seasons.Count > 0 ? Seasons[^1] : 1, shortest = Seasons.Count > 0 ? Seasons[0] : 1;
        Window = Options.Window ?? (Seasons.Count > 1 ? longest : Seasons.Count == 1 ? (longest >= 24 ? 7 : 3) * longest : Math.Max(24, 2 * Options.Horizon));
        if (Window < longest) { throw new EngramException($"The window of {Window} rows is shorter than the season of {longest}; take {longest} or more."); }
        Patch = Options.Patch ?? (shortest > 1 && Window / shortest >= 4 ? shortest : (Window + 47) / 48);
        if (Patch > Window) { throw new EngramException($"A step of {Patch} values is longer than the window of {Window} rows."); }
    }

    // The season that most series have, and the week above a day of hours or half hours where it shows as well.
    private int[] FindSeasons()
    {
        var votes = new Dictionary<int, int>();
        int asked = 0, weeks = 0;
        foreach (int at in WindowPlan.Spread(0, Panel.Series.Count, SampledSeries))
        {
            PanelSeries one = Panel.Series[at];
            double[] values = [.. one.Values.Take(one.Count - TestRows)];
            for (int t = 1; t < values.Length; t++) { if (double.IsNaN(values[t])) { values[t] = values[t - 1]; } }
            if (values.Length < SeasonFinder.FewestSeasons * 2) { continue; }
            SeasonChoice found = SeasonFinder.Find(values, Panel.Frequency);
            asked++;
            bool Has(int length) => found.Candidates.Any(candidate => candidate.Length == length && candidate.Score > SeasonFinder.Threshold);
            foreach ((int day, int week) in ((int, int)[])[(24, 168), (48, 336)])
            {
                if (Has(day) && Has(week) && found.Length == week) { found = found with { Length = day }; }
                if (found.Length == day && Has(week)) { weeks++; }
            }

            votes[found.Length] = votes.GetValueOrDefault(found.Length) + 1;
        }

        if (asked == 0) { return []; }
        int season = votes.OrderByDescending(vote => vote.Value).ThenBy(vote => vote.Key).First().Key;
        return season == 1 ? [] : season is 24 or 48 && 2 * weeks > asked ? [season, 7 * season] : [season];
    }
}
