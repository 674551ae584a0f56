using Engram.Data;

namespace Engram.Forecasting;

/// <summary>The forecasts of the test rows, their errors beside those of simple methods, and the intervals that follow from them.</summary>
internal sealed class BacktestRun
{
    private const int MostBlocks = 10;

    private readonly ForecastPlan plan;
    private readonly int[] origins;
    private readonly int horizon;
    private readonly double[,] forecast; // on the forecasting scale: (origins, horizon of the core)

    public BacktestRun(ForecastPlan plan, ForecastCore core, IReadOnlyList<List<double>> validationErrors)
    {
        this.plan = plan;
        RowRange test = plan.Split.Test;
        horizon = Math.Min(plan.Options.Horizon, test.Count);
        origins = [.. Enumerable.Range(test.Start, test.Count - horizon + 1)];
        forecast = core.Forecast(plan.Z, plan.Series.Covariates, origins);

        List<double>[] errors = Errors(validationErrors, 0, 0);
        IReadOnlyList<double> levels = plan.Options.Intervals;
        HalfWidths = plan.Options.Head == ForecastHead.None ? Conformal.HalfWidths(errors, levels) : [];
        int total = errors.Sum(step => step.Count);
        if (HalfWidths.Length > 0 && Conformal.Rank(total, levels[^1]) > total)
        {
            plan.Notes.Add($"The {levels[^1]} % interval would need more than the {total} errors that were seen; it is as wide as the largest of them.");
        }

        double[,] engram = Back(forecast);
        var methods = new List<MethodErrors> { Measure("Engram", engram) };
        methods.Add(Measure(new NaiveForecast()));
        if (plan.Season.Length > 1) { methods.Add(Measure(new SeasonalNaiveForecast(plan.Season.Length))); }
        methods.Add(Measure(new DriftForecast()));
        int simple = methods.Count;
        if (core.Classical.Kind is ClassicalKind.Holt or ClassicalKind.DampedHolt || (core.Classical.Kind == ClassicalKind.SeasonalNaiveWithDrift && plan.Season.Length > 1))
        {
            string name = ClassicalForecast.NameOf(core.Classical.Kind, plan.Season.Length);
            methods.Add(Measure(name, Back(core.Classical.Forecast(plan.Z, origins, plan.Options.Horizon))));
        }

        Result = new Backtest
        {
            Horizon = horizon,
            Origins = origins,
            Methods = methods,
            Forecasts = engram,
            Intervals = plan.Options.Head == ForecastHead.None ? ConformalIntervals(validationErrors) : HeadIntervals(core),
            Verdict = Judge(methods[0], methods.GetRange(1, simple - 1)),
        };
    }

    public Backtest Result { get; }

    /// <summary>The half-widths of conformal intervals on the forecasting scale, for the whole horizon: (levels, steps ahead); none with a head.</summary>
    public double[][] HalfWidths { get; }

    /// <summary>Better or not than the simple method with the least mean absolute error; of those within one percent the simplest, which stands first.</summary>
    public static Verdict Judge(MethodErrors engram, IReadOnlyList<MethodErrors> simple)
    {
        double least = simple.Min(method => method.Mae);
        MethodErrors best = simple.First(method => method.Mae <= 1.01 * least);
        double ratio = best.Mae == 0 ? (engram.Mae == 0 ? 1 : double.PositiveInfinity) : engram.Mae / best.Mae;
        VerdictKind kind = ratio < 0.98 ? VerdictKind.Better : ratio <= 1.02 ? VerdictKind.AsGood : VerdictKind.Worse;
        string words = kind switch
        {
            VerdictKind.Better => FormattableString.Invariant($"Engram is better than the best simple forecast ({best.Name}): its mean absolute error is {100 * (1 - ratio):F0} % lower"),
            VerdictKind.AsGood => $"The best simple forecast ({best.Name}) is as good as Engram; use the simple one",
            _ => FormattableString.Invariant($"The best simple forecast ({best.Name}) is better than Engram: its mean absolute error is {100 * (1 - (1 / ratio)):F0} % lower; use the simple one"),
        };
        string figures = FormattableString.Invariant($"MAE {engram.Mae:G4} against {best.Mae:G4}, RMSE {engram.Rmse:G4} against {best.Rmse:G4}.");
        return new Verdict(kind, best.Name, $"{words}. {figures}");
    }

    private MethodErrors Measure(IBaseline baseline)
    {
        var values = new double[origins.Length, horizon];
        for (int i = 0; i < origins.Length; i++)
        {
            double[] next = baseline.Forecast(plan.Series.Values.AsSpan(0, origins[i]), horizon);
            for (int j = 0; j < horizon; j++) { values[i, j] = next[j]; }
        }

        return Measure(baseline.Name, values);
    }

    private MethodErrors Measure(string name, double[,] values)
    {
        double[] y = plan.Series.Values;
        var actual = new double[origins.Length * horizon];
        var predicted = new double[actual.Length];
        var byStep = new double[horizon];
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < horizon; j++)
            {
                (actual[(i * horizon) + j], predicted[(i * horizon) + j]) = (y[origins[i] + j], values[i, j]);
                byStep[j] += Math.Abs(y[origins[i] + j] - values[i, j]) / origins.Length;
            }
        }

        return new MethodErrors(
            name,
            ForecastMetrics.Mae(actual, predicted),
            ForecastMetrics.Rmse(actual, predicted),
            ForecastMetrics.Mape(actual, predicted),
            ForecastMetrics.Smape(actual, predicted),
            ForecastMetrics.Mase(actual, predicted, y.AsSpan(0, plan.TrainingRows), plan.Season.Length),
            byStep);
    }

    // The bounds of each forecast are the head's; nothing is measured for them.
    private List<BacktestInterval> HeadIntervals(ForecastCore core)
    {
        IReadOnlyList<double> levels = plan.Options.Intervals;
        (double[][,] below, double[][,] above) = core.Spread(plan.Z, plan.Series.Covariates, origins, levels);
        var intervals = new List<BacktestInterval>();
        for (int k = 0; k < levels.Count; k++)
        {
            (double[,] lower, double[,] upper) = (new double[origins.Length, horizon], new double[origins.Length, horizon]);
            int inside = 0;
            for (int i = 0; i < origins.Length; i++)
            {
                for (int j = 0; j < horizon; j++)
                {
                    double actual = plan.Series.Values[origins[i] + j];
                    lower[i, j] = plan.Scale.Back(forecast[i, j] - below[k][i, j]);
                    upper[i, j] = plan.Scale.Back(forecast[i, j] + above[k][i, j]);
                    if (actual >= lower[i, j] && actual <= upper[i, j]) { inside++; }
                }
            }

            intervals.Add(new BacktestInterval(levels[k], 100.0 * inside / (origins.Length * horizon), lower, upper));
        }

        return intervals;
    }

    // The bounds of each forecast come from the validation rows and from forecasts of other test rows: the origins are cut into blocks, and
    // a block's widths use no forecast that shares a target with it.
    private List<BacktestInterval> ConformalIntervals(IReadOnlyList<List<double>> validationErrors)
    {
        IReadOnlyList<double> levels = plan.Options.Intervals;
        double[] y = plan.Series.Values;
        var lower = levels.Select(_ => new double[origins.Length, horizon]).ToArray();
        var upper = levels.Select(_ => new double[origins.Length, horizon]).ToArray();
        var inside = new int[levels.Count];
        int blocks = Math.Min(MostBlocks, origins.Length);
        for (int block = 0; block < blocks; block++)
        {
            (int first, int end) = (origins.Length * block / blocks, origins.Length * (block + 1) / blocks);
            double[][] widths = Conformal.HalfWidths(Errors(validationErrors, first - horizon + 1, end + horizon - 1), levels);
            for (int i = first; i < end; i++)
            {
                for (int j = 0; j < horizon; j++)
                {
                    double actual = y[origins[i] + j];
                    for (int k = 0; k < levels.Count; k++)
                    {
                        lower[k][i, j] = plan.Scale.Back(forecast[i, j] - widths[k][j]);
                        upper[k][i, j] = plan.Scale.Back(forecast[i, j] + widths[k][j]);
                        if (actual >= lower[k][i, j] && actual <= upper[k][i, j]) { inside[k]++; }
                    }
                }
            }
        }

        return [.. levels.Select((level, k) => new BacktestInterval(level, 100.0 * inside[k] / (origins.Length * horizon), lower[k], upper[k]))];
    }

    // The absolute errors of each step ahead on validation and test rows, without the origins from leaveOut up to end.
    private List<double>[] Errors(IReadOnlyList<List<double>> validationErrors, int leaveOut, int end)
    {
        List<double>[] errors = [.. validationErrors.Select(step => new List<double>(step))];
        for (int i = 0; i < origins.Length; i++)
        {
            if (i >= leaveOut && i < end) { continue; }
            for (int j = 0; j < horizon; j++) { errors[j].Add(Math.Abs(plan.Z[origins[i] + j] - forecast[i, j])); }
        }

        return errors;
    }

    private double[,] Back(double[,] values)
    {
        var back = new double[origins.Length, horizon];
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < horizon; j++) { back[i, j] = plan.Scale.Back(values[i, j]); }
        }

        return back;
    }
}
