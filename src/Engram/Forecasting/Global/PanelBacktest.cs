using Engram.Data;

namespace Engram.Forecasting;

/// <summary>Measures forecasts of the test rows, and finds the intervals that follow from their errors.</summary>
internal sealed class PanelBacktest
{
    private const int MostBlocks = 10;

    private readonly PanelPlan plan;
    private readonly int horizon;
    private readonly (int Row, int Number)[] at;      // of each sample, its series and the number of its origin
    private readonly (int Row, int Origin)[] samples;
    private readonly double[,] values;
    private readonly double[] scales;

    /// <summary>Measures.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="cores">The models: one for all origins, or one for each.</param>
    public PanelBacktest(PanelPlan plan, IReadOnlyList<PanelCore> cores)
    {
        this.plan = plan;
        GlobalForecastOptions options = plan.Options;
        horizon = options.Horizon;
        var kept = new List<(int Row, int Number)>();
        int[] starts = plan.Ends(0);
        PanelShape shape = cores[0].Shape;
        var byNumber = new List<(int Row, int Origin)>[plan.Origins];
        for (int number = 0; number < plan.Origins; number++)
        {
            byNumber[number] = [];
            for (int i = 0; i < starts.Length; i++)
            {
                int origin = starts[i] + (number * plan.Stride);
                if (plan.Panel.Series[i].Count - plan.TestRows - options.ValidationRows <= plan.LeastHistory || !HasValue(i, origin)) { continue; }
                byNumber[number].Add((i, origin));
                kept.Add((i, number));
            }
        }

        at = [.. kept];
        samples = [.. byNumber.SelectMany(origins => origins)];
        values = new double[samples.Length, horizon];
        scales = new double[samples.Length];
        (double[][,] below, double[][,] above) = (Bounds(shape), Bounds(shape));
        int next = 0;
        for (int number = 0; number < cores.Count; number++)
        {
            (int, int)[] own = cores.Count == 1 ? samples : [.. byNumber[number]];
            if (own.Length == 0) { continue; }
            PanelRow[] rows = cores[number].Encoding.Rows(plan.Panel, 0);
            PanelForecasts forecasts = cores[number].Forecast(rows, own, options.Intervals, options.Paths, options.Seed);
            Array.Copy(forecasts.Values, 0, values, next * horizon, forecasts.Values.Length);
            forecasts.Scales.CopyTo(scales, next);
            for (int k = 0; k < below.Length; k++)
            {
                Array.Copy(forecasts.Below[k], 0, below[k], next * horizon, forecasts.Values.Length);
                Array.Copy(forecasts.Above[k], 0, above[k], next * horizon, forecasts.Values.Length);
            }

            next += own.Length;
        }

        HalfWidths = shape.Head is null ? Conformal.HalfWidths(Errors(_ => false), options.Intervals) : [];
        SeriesBacktest[] series = [.. Measure()];
        Result = new GlobalBacktest
        {
            Origins = plan.Origins,
            Stride = plan.Stride,
            Methods = [.. series[0].Methods.Select((method, m) => Mean(method.Name, [.. series.Select(one => one.Methods[m])]))],
            Series = series,
            Coverage = shape.Head is null ? ConformalCoverage() : [.. options.Intervals.Select((level, k) => (level, Share((i, j) => Inside(i, j, below[k][i, j], above[k][i, j]))))],
        };
    }

    public GlobalBacktest Result { get; }

    /// <summary>The half-widths of conformal intervals in units of a window's scale: (levels, steps ahead); none with a head.</summary>
    public double[][] HalfWidths { get; }

    private double[][,] Bounds(PanelShape shape) => shape.Head is null ? [] : [.. plan.Options.Intervals.Select(_ => new double[samples.Length, horizon])];

    private bool HasValue(int series, int origin) => plan.Panel.Series[series].Values.AsSpan(origin, horizon).ContainsAnyInRange(double.NegativeInfinity, double.PositiveInfinity)
        && plan.Panel.Series[series].Values.AsSpan(Math.Max(0, origin - plan.Window)..origin).ContainsAnyInRange(double.NegativeInfinity, double.PositiveInfinity);

    private double Actual(int sample, int j) => plan.Panel.Series[samples[sample].Row].Values[samples[sample].Origin + j];

    // The absolute errors of each step ahead in units of the windows' scales, without some samples.
    private List<double>[] Errors(Predicate<int> leaveOut)
    {
        var errors = new List<double>[horizon];
        for (int j = 0; j < horizon; j++) { errors[j] = []; }
        for (int i = 0; i < samples.Length; i++)
        {
            if (leaveOut(i)) { continue; }
            for (int j = 0; j < horizon; j++)
            {
                double error = Math.Abs(Actual(i, j) - values[i, j]) / scales[i];
                if (double.IsFinite(error)) { errors[j].Add(error); }
            }
        }

        return errors;
    }

    // The bounds of a block of origins, or of series where there is one origin, come from the errors of the others; origins that share targets with
    // the block are left out.
    private (double, double)[] ConformalCoverage()
    {
        IReadOnlyList<double> levels = plan.Options.Intervals;
        var inside = new long[levels.Count];
        long counted = 0;
        bool bySeries = plan.Origins == 1;
        int units = bySeries ? samples.Length : plan.Origins, blocks = Math.Min(MostBlocks, units), near = bySeries ? 0 : (horizon - 1) / plan.Stride;
        int Unit(int sample) => bySeries ? sample : at[sample].Number;
        for (int block = 0; block < blocks && units > 1; block++)
        {
            (int first, int end) = ((int)((long)units * block / blocks), (int)((long)units * (block + 1) / blocks));
            List<double>[] others = Errors(sample => Unit(sample) >= first - near && Unit(sample) < end + near);
            if (others.All(step => step.Count == 0)) { continue; }
            double[][] widths = Conformal.HalfWidths(others, levels);
            for (int i = 0; i < samples.Length; i++)
            {
                if (Unit(i) < first || Unit(i) >= end) { continue; }
                for (int j = 0; j < horizon; j++)
                {
                    double error = Math.Abs(Actual(i, j) - values[i, j]) / scales[i];
                    if (double.IsNaN(error)) { continue; }
                    counted++;
                    for (int k = 0; k < levels.Count; k++) { if (error <= widths[k][j]) { inside[k]++; } }
                }
            }
        }

        return [.. levels.Select((level, k) => (level, counted > 0 ? 100.0 * inside[k] / counted : double.NaN))];
    }

    private bool? Inside(int i, int j, double lower, double upper) => double.IsNaN(Actual(i, j)) ? null : Actual(i, j) >= lower && Actual(i, j) <= upper;

    private double Share(Func<int, int, bool?> inside)
    {
        long yes = 0, all = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            for (int j = 0; j < horizon; j++)
            {
                if (inside(i, j) is not bool lies) { continue; }
                all++;
                if (lies) { yes++; }
            }
        }

        return 100.0 * yes / all;
    }

    private IEnumerable<SeriesBacktest> Measure()
    {
        foreach (IGrouping<int, int> group in Enumerable.Range(0, samples.Length).GroupBy(sample => samples[sample].Row).OrderBy(group => group.Key))
        {
            PanelSeries one = plan.Panel.Series[group.Key];
            int[] own = [.. group];
            var forecasts = new double[own.Length, horizon];
            for (int i = 0; i < own.Length; i++)
            {
                for (int j = 0; j < horizon; j++) { forecasts[i, j] = values[own[i], j]; }
            }

            int[] origins = [.. own.Select(sample => samples[sample].Origin)];
            double[] training = [.. one.Values.Take(one.Count - plan.TestRows - plan.Options.ValidationRows)];
            var measure = new SeriesMeasure(one.Values, training, plan.Seasons.Count > 0 ? plan.Seasons[0] : 1, origins, horizon);
            var methods = new List<PanelErrors> { measure.Of("Engram", (i, j) => forecasts[i, j]), measure.Of("naive", (i, _) => measure.Last(origins[i] - 1, 1)) };
            foreach (int season in plan.Seasons) { methods.Add(measure.Of($"seasonal naive ({season})", (i, j) => measure.Last(origins[i] - season + (j % season), season))); }
            yield return new SeriesBacktest(one.Id, one.Target, one.Name, origins, forecasts, methods);
        }
    }

    private static PanelErrors Mean(string name, PanelErrors[] all)
    {
        // A series that does not move while it is learnt from has no scaled errors.
        static double Of(PanelErrors[] all, Func<PanelErrors, double> figure) => all.Select(figure).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
        return new PanelErrors(name, Of(all, e => e.Mae), Of(all, e => e.Rmse), Of(all, e => e.Smape), Of(all, e => e.Mase), Of(all, e => e.ScaledMae), Of(all, e => e.ScaledMse));
    }

    /// <summary>The errors of methods on one series; values that are missing count nowhere.</summary>
    private sealed class SeriesMeasure
    {
        private readonly double[] y;
        private readonly int[] origins;
        private readonly int horizon;
        private readonly double deviation;
        private readonly double seasonal;

        public SeriesMeasure(double[] y, double[] training, int season, int[] origins, int horizon)
        {
            (this.y, this.origins, this.horizon) = (y, origins, horizon);
            double[] known = [.. training.Where(value => !double.IsNaN(value))];
            double mean = known.Average();
            deviation = Math.Sqrt(known.Sum(value => (value - mean) * (value - mean)) / known.Length);
            seasonal = Enumerable.Range(season, Math.Max(0, training.Length - season)).Select(t => Math.Abs(training[t] - training[t - season])).Where(double.IsFinite).DefaultIfEmpty(0).Average();
        }

        /// <summary>The value of a row, or of so many seasons before it where it is missing.</summary>
        public double Last(int t, int season)
        {
            for (; t >= 0; t -= season) { if (!double.IsNaN(y[t])) { return y[t]; } }
            return 0;
        }

        public PanelErrors Of(string name, Func<int, int, double> forecast)
        {
            var actual = new List<double>();
            var predicted = new List<double>();
            for (int i = 0; i < origins.Length; i++)
            {
                for (int j = 0; j < horizon; j++)
                {
                    if (double.IsNaN(y[origins[i] + j])) { continue; }
                    actual.Add(y[origins[i] + j]);
                    predicted.Add(forecast(i, j));
                }
            }

            (double[] a, double[] p) = ([.. actual], [.. predicted]);
            double mae = ForecastMetrics.Mae(a, p), mse = ForecastMetrics.Mse(a, p);
            return new PanelErrors(name, mae, Math.Sqrt(mse), ForecastMetrics.Smape(a, p), mae / seasonal, mae / deviation, mse / (deviation * deviation));
        }
    }
}
