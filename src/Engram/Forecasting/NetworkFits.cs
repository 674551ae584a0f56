using System.Runtime.ExceptionServices;
using Engram.Kernels;
using TrainingHistory = Engram.Training.History;

namespace Engram.Forecasting;

/// <summary>
/// All networks of a forecast: those that do not know the validation rows, those that do not know the test rows, and those that know all.
/// None depends on another, so they are trained side by side, each on a thread of its own.
/// </summary>
internal sealed class NetworkFits
{
    private NetworkFits(ForecastNetwork[] validation, ForecastNetwork[] backtest, ForecastNetwork[] final, ForecastTraining training)
    {
        Validation = validation;
        Backtest = backtest;
        Final = final;
        Training = training;
    }

    /// <summary>Trained on the rows before the validation rows.</summary>
    public IReadOnlyList<ForecastNetwork> Validation { get; }

    /// <summary>Trained on the rows before the test rows.</summary>
    public IReadOnlyList<ForecastNetwork> Backtest { get; }

    /// <summary>Trained on all rows.</summary>
    public IReadOnlyList<ForecastNetwork> Final { get; }

    /// <summary>How the validation networks learnt.</summary>
    public ForecastTraining Training { get; }

    /// <summary>Trains all networks.</summary>
    public static NetworkFits Train(ForecastPlan plan, IProgress<ForecastProgress>? progress, CancellationToken cancellation)
    {
        int count = plan.Options.Networks;
        int[] ends = [plan.Series.Count, plan.TrainingRows, plan.Split.Train.End]; // the longest work first
        double[][][] covariates = [.. ends.Select(end => ForecastCore.Scaled(plan.Series.Covariates, ForecastCore.FitScaler(plan.Series.Covariates, end)))];
        var networks = new ForecastNetwork[ends.Length][];
        for (int part = 0; part < ends.Length; part++) { networks[part] = new ForecastNetwork[count]; }
        var histories = new TrainingHistory[count];
        int steps = 0, done = 0;
        var shares = new double[ends.Length * count];
        double? validationLoss = null;
        var reporting = new Lock();

        void Report(int job, double share, IReadOnlyDictionary<string, double> figures)
        {
            lock (reporting)
            {
                shares[job] = share;
                if (share >= 1) { done++; }
                if (figures.TryGetValue("val_loss", out double value)) { validationLoss = value; }
                progress?.Report(new ForecastProgress(done, shares.Length, shares.Average(), figures["loss"], validationLoss));
            }
        }

        void Fit(int job)
        {
            (int part, int number) = (job / count, job % count);
            bool validates = part == 2;
            (networks[part][number], TrainingHistory history, int taken) = ForecastNetwork.Train(
                new NetworkShape(plan.Options.Cell, plan.Options.Units, plan.Options.Layers, plan.Series.Covariates.Count, ForecastHeads.Create(plan.Options.Head, plan.Options.Intervals)),
                plan.Z,
                covariates[part],
                ends[part],
                plan.Season.Length,
                plan.Options.Horizon,
                (validates ? plan.ValidationWindows : plan.Windows)[number],
                plan.Options.Epochs,
                NetworkSeed(plan.Options.Seed, number),
                validates ? plan.TrainingRows : ends[part],
                (share, figures) => Report(job, share, figures));
            if (!validates) { return; }
            lock (reporting) { (histories[number], steps) = (history, Math.Max(steps, taken)); }
        }

        try
        {
            Parallel.For(0, ends.Length * count, new ParallelOptions { MaxDegreeOfParallelism = Workers.ThreadCount, CancellationToken = cancellation }, job =>
            {
                using (Workers.OnThisThread()) { Fit(job); }
            });
        }
        catch (AggregateException e) { ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); }

        int parameters = networks[0][0].Model.Weights.Sum(weight => weight.Value.Length);
        var training = new ForecastTraining(Mean(histories, h => h.Loss), Mean(histories, h => h.ValidationLoss), steps, parameters);
        return new NetworkFits(networks[2], networks[1], networks[0], training);
    }

    /// <summary>The seed of a network: the same whatever rows it learns from, so that the three parts differ by the rows alone.</summary>
    private static long NetworkSeed(long seed, int number) => unchecked((seed * 100) + number);

    // Networks with longer windows have fewer of them and may take more epochs; the mean goes as far as all have come.
    private static double[] Mean(TrainingHistory[] histories, Func<TrainingHistory, IReadOnlyList<double>> figure)
    {
        var mean = new double[histories.Min(history => figure(history).Count)];
        foreach (TrainingHistory history in histories)
        {
            for (int epoch = 0; epoch < mean.Length; epoch++) { mean[epoch] += figure(history)[epoch] / histories.Length; }
        }

        return mean;
    }
}
