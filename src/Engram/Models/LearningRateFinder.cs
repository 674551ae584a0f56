using Engram.Data;
using Engram.Training;

namespace Engram.Models;

/// <summary>
/// Tries learning rates from low to high, one for each batch, and says which one to begin with (Smith 2017, "Cyclical learning rates for training
/// neural networks"). The model is afterwards as it was before, optimizer and random draws included; stateful layers begin anew.
/// <code>
/// model.Compile(new Adam(), Loss.MeanSquaredError);
/// LearningRateSweep sweep = new LearningRateFinder().Run(model, new ArrayDataset(x, y));
/// model.Optimizer!.LearningRate = sweep.Suggestion;
/// </code>
/// </summary>
public sealed class LearningRateFinder
{
    /// <summary>The rate of the first batch, above 0. Default 1e-6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a number above 0.</exception>
    public double Lowest { get; init => field = Positive(value, nameof(Lowest)); } = 1e-6;

    /// <summary>The rate of the last batch, above <see cref="Lowest"/>. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a number above 0.</exception>
    public double Highest { get; init => field = Positive(value, nameof(Highest)); } = 1;

    /// <summary>How many rates are tried, at least 10; each is a fixed multiple of the one before. Default 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 10.</exception>
    public int Steps
    {
        get;
        init => field = value >= 10 ? value : throw new ArgumentOutOfRangeException(nameof(Steps), value, "Steps must be at least 10.");
    } = 100;

    /// <summary>The share of the smoothed loss that is kept from batch to batch, from 0 to below 1. Default 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to below 1.</exception>
    public double Smoothing
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Smoothing), value, "Smoothing must be from 0 to below 1.");
    } = 0.9;

    /// <summary>The sweep ends where the smoothed loss exceeds the lowest so far by this factor, above 1. Default 4.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 1.</exception>
    public double StopFactor
    {
        get;
        init => field = value > 1 ? value : throw new ArgumentOutOfRangeException(nameof(StopFactor), value, "StopFactor must be above 1.");
    } = 4;

    /// <summary>Tries the rates.</summary>
    /// <param name="model">The model, compiled with an optimizer without a schedule.</param>
    /// <param name="data">The samples; they begin anew when there are fewer batches than rates.</param>
    /// <param name="batchSize">How many samples make a step. Default 32.</param>
    /// <exception cref="EngramException">The highest rate is not above the lowest, the learning rate follows a schedule, or the data do not fit.</exception>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    public LearningRateSweep Run(Network model, IDataset data, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (Highest <= Lowest) { throw new EngramException($"The highest learning rate, {Highest}, must be above the lowest, {Lowest}."); }
        if (model.Optimizer is { Schedule: { } schedule }) { throw new EngramException($"The learning rate follows a schedule ({schedule.Name}); compile the model with an optimizer without one to try rates."); }
        var rates = new Rates(this);
        model.Undisturbed(data, () => model.Fit(data, new FitOptions { BatchSize = batchSize, StepsPerEpoch = Steps, Callbacks = [rates] }));
        return new LearningRateSweep(rates.Tried, rates.Losses, rates.Smoothed);
    }

    private static double Positive(double value, string name) =>
        double.IsFinite(value) && value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0.");

    private sealed class Rates(LearningRateFinder options) : Callback
    {
        private double average, lowest = double.PositiveInfinity;

        public List<double> Tried { get; } = [];

        public List<double> Losses { get; } = [];

        public List<double> Smoothed { get; } = [];

        public override bool HandlesNonFiniteLoss => true;

        public override void OnTrainBegin(TrainingRun run) => run.Optimizer.LearningRate = options.Lowest;

        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
        {
            if (!double.IsFinite(run.BatchLoss))
            {
                run.StopTraining = true;
                return;
            }

            average = (options.Smoothing * average) + ((1 - options.Smoothing) * run.BatchLoss);
            double smoothed = average / (1 - Math.Pow(options.Smoothing, batch + 1)); // as if it had begun with the first loss
            Tried.Add(run.Optimizer.LearningRate);
            Losses.Add(run.BatchLoss);
            Smoothed.Add(smoothed);
            lowest = Math.Min(lowest, smoothed);
            if (smoothed > options.StopFactor * lowest && batch > 0) { run.StopTraining = true; }
            run.Optimizer.LearningRate = options.Lowest * Math.Pow(options.Highest / options.Lowest, (batch + 1.0) / (options.Steps - 1));
        }
    }
}

/// <summary>The losses at learning rates from low to high.</summary>
public sealed class LearningRateSweep
{
    internal LearningRateSweep(IReadOnlyList<double> learningRates, IReadOnlyList<double> losses, IReadOnlyList<double> smoothedLosses)
    {
        if (losses.Count < 3) { throw new EngramException("The loss was not finite at once; there is no learning rate to suggest. Scale the inputs, or begin with a lower rate."); }
        (LearningRates, Losses, SmoothedLosses) = (learningRates, losses, smoothedLosses);
        int steepest = 1;
        for (int i = 1; i < losses.Count - 1; i++)
        {
            if (Slope(i) < Slope(steepest)) { steepest = i; }
        }

        Suggestion = learningRates[steepest];
    }

    /// <summary>The rates that were tried; fewer than asked for where the loss ran away.</summary>
    public IReadOnlyList<double> LearningRates { get; }

    /// <summary>The loss of the batch at each rate, before the step with that rate.</summary>
    public IReadOnlyList<double> Losses { get; }

    /// <summary>The same, smoothed.</summary>
    public IReadOnlyList<double> SmoothedLosses { get; }

    /// <summary>The rate at which the smoothed loss falls the fastest.</summary>
    public double Suggestion { get; }

    // The rates' logarithms are equally far apart.
    private double Slope(int i) => SmoothedLosses[i + 1] - SmoothedLosses[i - 1];
}
