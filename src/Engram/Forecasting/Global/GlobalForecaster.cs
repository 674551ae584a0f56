using System.Runtime.ExceptionServices;
using Engram.Data;
using Engram.Kernels;

namespace Engram.Forecasting;

/// <summary>
/// Forecasts many series with one model that learns from all of them. A recurrent network reads the last rows of a series in steps of several values,
/// each window less its mean and divided by its scale, with what stands beside them, and corrects the mean of the last seasons; the forecast is the
/// mean of a few such networks. A backtest on the last rows says how good that is, beside naive forecasts; then everything is trained anew on all rows.
/// <code>
/// SeriesPanel shops = SeriesPanel.ReadCsv("sales.csv", new PanelOptions { Id = "shop" });
/// GlobalForecastReport report = GlobalForecaster.Run(shops, new GlobalForecastOptions { Horizon = 28 });
/// </code>
/// </summary>
public static class GlobalForecaster
{
    /// <summary>Forecasts all series of a panel.</summary>
    /// <param name="panel">The series.</param>
    /// <param name="options">How; null for twelve steps ahead and what suits the series.</param>
    /// <param name="progress">Told how far the training is; called from any thread, one call at a time.</param>
    /// <param name="cancellation">Stops before the next network.</param>
    /// <exception cref="EngramException">The series are too short for what is asked, or lack what it needs.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static GlobalForecastReport Run(
        SeriesPanel panel, GlobalForecastOptions? options = null, IProgress<ForecastProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(panel);
        var plan = PanelPlan.Create(panel, options ?? new GlobalForecastOptions());
        int tests = plan.Options.Refit ? plan.Origins : 1;
        Fit[] fits = Train(plan, tests, progress, cancellation);
        var backtest = new PanelBacktest(plan, [.. fits.Take(tests).Select(fit => fit.Core)]);
        var model = GlobalForecastModel.Create(plan, fits[^1].Core, backtest.HalfWidths);
        return new GlobalForecastReport
        {
            Panel = panel,
            Options = plan.Options,
            TrainingWindows = fits[0].Windows,
            Loss = fits[0].Loss,
            Steps = fits[0].Steps,
            Backtest = backtest.Result,
            Forecasts = model.Forecast(panel),
            Model = model,
            Notes = plan.Notes,
        };
    }

    private static Fit[] Train(PanelPlan plan, int tests, IProgress<ForecastProgress>? progress, CancellationToken cancellation)
    {
        int networks = plan.Options.Networks, jobs = (tests + 1) * networks;
        Fit[] fits = [.. Enumerable.Range(0, tests + 1).Select(number => new Fit(plan, number < tests ? number : null))];
        var shares = new double[jobs];
        int done = 0;
        var reporting = new Lock();
        void Report(int job, double share, double loss)
        {
            lock (reporting)
            {
                shares[job] = share;
                if (share >= 1) { done++; }
                progress?.Report(new ForecastProgress(done, jobs, shares.Average(), loss, null));
            }
        }

        try
        {
            Parallel.For(0, jobs, new ParallelOptions { MaxDegreeOfParallelism = Workers.ThreadCount, CancellationToken = cancellation }, job =>
            {
                using (Workers.OnThisThread()) { fits[job / networks].Train(job % networks, (share, loss) => Report(job, share, loss), cancellation); }
            });
        }
        catch (AggregateException e) { ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); }
        return fits;
    }

    /// <summary>The training of the networks that know the rows before an origin of the backtest, or all rows.</summary>
    private sealed class Fit
    {
        private readonly PanelPlan plan;
        private readonly PanelNetwork[] networks;
        private readonly IReadOnlyList<double>[] losses;
        private readonly int[] steps;
        private readonly Lazy<(PanelRow[] Rows, PanelShape Shape, (int Row, int Origin)[] Samples, (int Row, int Origin)[] Validation, int[] LearnEnds, int[] Ends)> data;
        private readonly PanelEncoding encoding;

        public Fit(PanelPlan plan, int? origin)
        {
            this.plan = plan;
            int[] ends = plan.Ends(origin), learnEnds = [.. ends.Select(end => Math.Max(0, end - plan.Options.ValidationRows))];
            encoding = PanelEncoding.Fit(plan.Panel, learnEnds, plan.Options.Calendar);
            (networks, losses, steps) = (new PanelNetwork[plan.Options.Networks], new IReadOnlyList<double>[plan.Options.Networks], new int[plan.Options.Networks]);
            data = new(() =>
            {
                PanelRow[] rows = encoding.Rows(plan.Panel, plan.Options.Horizon);
                PanelShape shape = plan.Shape(encoding);
                (int, int)[] samples = plan.Samples(rows, _ => 0, learnEnds, shape);
                (int, int)[] validation = plan.Options.ValidationRows == 0 ? [] : plan.Samples(rows, i => learnEnds[i], ends, shape);
                const int MostValidation = 4000;
                if (validation.Length > MostValidation) { validation = [.. WindowPlan.Spread(0, validation.Length, MostValidation).Select(at => validation[at])]; }
                return (rows, shape, samples, validation, learnEnds, ends);
            });
        }

        public int Windows => data.Value.Samples.Length;

        public IReadOnlyList<double> Loss => [.. losses[0].Select((_, epoch) => losses.Average(loss => loss[epoch]))];

        public int Steps => steps.Max();

        public PanelCore Core => new(encoding, networks);

        public void Train(int number, Action<double, double> watch, CancellationToken cancellation)
        {
            (PanelRow[] rows, PanelShape shape, (int Row, int Origin)[] samples, (int Row, int Origin)[] validation, int[] learnEnds, int[] ends) = data.Value;
            var network = new PanelNetwork(shape, unchecked((plan.Options.Seed * 100) + number));
            (losses[number], steps[number]) = network.Train(
                new PanelWindows(rows, samples, learnEnds, shape),
                validation.Length > 0 ? new PanelWindows(rows, validation, ends, shape) : null,
                plan.StepsFor(samples.Length),
                plan.Options,
                (share, loss) =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    watch(share, loss);
                });
            networks[number] = network;
        }
    }
}
