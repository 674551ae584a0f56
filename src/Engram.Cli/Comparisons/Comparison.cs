using System.Diagnostics;
using System.Numerics.Tensors;
using Engram.Data;
using Engram.Forecasting;
using Engram.Inspection;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Cli.Comparisons;

/// <summary>How the networks are compared.</summary>
/// <param name="Window">How many past values they see.</param>
/// <param name="Units">The units of the LSTM; the others get as many as bring them nearest to its number of weights.</param>
/// <param name="Epochs">How many times they see the training windows.</param>
/// <param name="Seed">What everything random follows from.</param>
internal sealed record ComparisonOptions(int Window, int Units, int Epochs, long Seed);

/// <summary>
/// A simple RNN, a GRU and an LSTM of about the same number of weights learn the same task: the next change of a series from a window of past
/// changes, so that expecting none is the naive forecast. Chronological split, scaler fitted on the training rows; each keeps the weights
/// of its best validation epoch.
/// </summary>
internal sealed class Comparison
{
    /// <summary>How many windows the gradient is averaged over, at most.</summary>
    private const int MostProbes = 256;

    private const int BatchSize = 32;

    private readonly ComparisonOptions options;
    private readonly AffineScaler scaler;
    private readonly float[] changes; // scaled; the change that leads to row r stands at r - 1
    private readonly double[] previous; // the row before each test row
    private readonly List<Contestant> contestants = [];

    private Comparison(TimeSeries series, Split split, ComparisonOptions options)
    {
        this.options = options;
        Split = split;
        double[] values = series.Values;
        double[] differences = [.. values.Zip(values.Skip(1), (before, after) => after - before)];
        scaler = new StandardScaler();
        scaler.Fit(differences.AsSpan(0, split.Train.End - 1));
        changes = [.. scaler.Transform(differences).Select(change => (float)change)];
        Actual = values[split.Test.Start..split.Test.End];
        previous = values[(split.Test.Start - 1)..(split.Test.End - 1)];
        NaiveRmse = ForecastMetrics.Rmse(Actual, previous);
        NaiveMae = ForecastMetrics.Mae(Actual, previous);
    }

    /// <summary>Which rows trained, validated and tested.</summary>
    public Split Split { get; }

    /// <summary>How they were compared.</summary>
    public ComparisonOptions Options => options;

    /// <summary>Simple RNN, GRU and LSTM.</summary>
    public IReadOnlyList<Contestant> Contestants => contestants;

    /// <summary>The values of the test rows.</summary>
    public double[] Actual { get; }

    /// <summary>The error on the test rows of taking the value before.</summary>
    public double NaiveRmse { get; }

    /// <summary>The error on the test rows of taking the value before.</summary>
    public double NaiveMae { get; }

    /// <summary>The contestant with the least test error.</summary>
    public Contestant Best => contestants.MinBy(contestant => contestant.Rmse)!;

    /// <summary>Whether the best is better than the naive forecast, in words.</summary>
    public string Verdict => FormattableString.Invariant($"The {Best.Name} has the least test error of the three: RMSE {Best.Rmse:G4}. ")
        + (Best.Rmse / NaiveRmse) switch
        {
            < 0.98 => FormattableString.Invariant($"That is {100 * (1 - (Best.Rmse / NaiveRmse)):F0} % below the naive forecast, which repeats the value before ({NaiveRmse:G4})."),
            <= 1.02 => FormattableString.Invariant($"The naive forecast, which repeats the value before, is as good ({NaiveRmse:G4}): none of the three has found anything to go by in this series."),
            _ => FormattableString.Invariant($"The naive forecast, which repeats the value before, is better ({NaiveRmse:G4}): none of the three is worth using on this series as it stands."),
        };

    /// <summary>Whether the best is better than the naive forecast by more than two percent.</summary>
    public bool IsBetter => Best.Rmse < 0.98 * NaiveRmse;

    /// <summary>The default window: long enough to see a gradient vanish, short enough to leave windows to learn from.</summary>
    public static int DefaultWindow(Split split) => Math.Clamp(split.Train.Count * 2 / 5, 2, 60);

    /// <summary>The default epochs: about two thousand batches.</summary>
    public static int DefaultEpochs(Split split, int window)
    {
        int batches = Math.Max(1, (split.Train.Count - 1 - window + BatchSize - 1) / BatchSize);
        return Math.Clamp(2000 / batches, 40, 300);
    }

    /// <summary>Compares.</summary>
    /// <param name="series">The series.</param>
    /// <param name="split">Its split.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told the share that is done, and of what.</param>
    /// <param name="cancellation">Stops after the current batch.</param>
    public static Comparison Run(TimeSeries series, Split split, ComparisonOptions options, Action<double, string> progress, CancellationToken cancellation)
    {
        const int FewestWindows = 8;
        if (split.Train.Count - 1 - options.Window < FewestWindows)
        {
            throw new EngramException($"A window of {options.Window} leaves {Math.Max(0, split.Train.Count - 1 - options.Window)} windows in the {split.Train.Count} training rows of '{series.Name}'; at least {FewestWindows} are needed, so take a window of {split.Train.Count - 1 - FewestWindows} or less.");
        }

        var comparison = new Comparison(series, split, options);
        long weights = Parameters(new Lstm(options.Units));
        Recurrent[] layers = [Nearest(weights, units => new SimpleRnn(units)), Nearest(weights, units => new Gru(units)), new Lstm(options.Units)];
        for (int i = 0; i < layers.Length; i++)
        {
            int done = i;
            comparison.contestants.Add(comparison.Train(layers[i], (share, words) => progress((done + share) / layers.Length, words), cancellation));
        }

        return comparison;
    }

    private Contestant Train(Recurrent layer, Action<double, string> progress, CancellationToken cancellation)
    {
        string name = layer switch { Lstm => "LSTM", Gru => "GRU", _ => "simple RNN" };
        var model = new Sequential(new Input(options.Window, 1), layer, new Dense(1)) { Seed = options.Seed };
        model.Compile(new Adam(), Loss.MeanSquaredError);
        (float[,,] x, float[,] y) = Windows(Split.Train);
        (float[,,] validationX, float[,] validationY) = Windows(Split.Validation);
        (float[,,] probeX, float[,] probeY) = Probes(x, y);
        var untrained = GradientFlow.Measure(model, probeX, probeY, Loss.MeanSquaredError);
        var stopping = new EarlyStopping { Patience = options.Epochs, RestoreBestWeights = true };
        var statistics = new GradientStatistics();
        var watch = new Watch(name, progress, cancellation);
        Training.History history = model.Fit(x, y, new FitOptions
        {
            Epochs = options.Epochs,
            BatchSize = BatchSize,
            ValidationData = new ArraySamples(validationX, validationY),
            Callbacks = [stopping, statistics, watch],
        });
        cancellation.ThrowIfCancellationRequested();
        double[] forecast = Forecast(model);
        return new Contestant
        {
            Name = name,
            Units = layer.Units,
            Parameters = model.Layers.Sum(part => part.ParameterCount),
            Loss = [.. history.Loss],
            ValidationLoss = [.. history.ValidationLoss],
            GradientNorm = [.. statistics.Epochs.Select(epoch => epoch[layer.Name].GradientNorm)],
            BestEpoch = stopping.BestEpoch,
            SecondsPerEpoch = watch.MedianSeconds,
            Forecast = forecast,
            Rmse = ForecastMetrics.Rmse(Actual, forecast),
            Mae = ForecastMetrics.Mae(Actual, forecast),
            Untrained = untrained,
            Trained = GradientFlow.Measure(model, probeX, probeY, Loss.MeanSquaredError),
        };
    }

    private double[] Forecast(Sequential model)
    {
        Tensor<float> predicted = model.Predict(Windows(Split.Test).X);
        var values = new float[predicted.FlattenedLength];
        predicted.FlattenTo(values);
        double[] predictedChanges = scaler.InverseTransform([.. values.Select(value => (double)value)]);
        return [.. previous.Zip(predictedChanges, (before, change) => before + change)];
    }

    /// <summary>All windows whose target is the change that leads to a row of a part.</summary>
    private (float[,,] X, float[,] Y) Windows(RowRange targets)
    {
        var windows = SequenceWindows.ForForecast(changes, options.Window, 1, targetRows: new RowRange(Math.Max(0, targets.Start - 1), targets.End - 1));
        var x = new float[windows.Count, options.Window, 1];
        var y = new float[windows.Count, 1];
        for (int i = 0; i < windows.Count; i++)
        {
            int start = windows.InputRange(i).Start;
            for (int t = 0; t < options.Window; t++) { x[i, t, 0] = changes[start + t]; }
            y[i, 0] = changes[start + options.Window];
        }

        return (x, y);
    }

    /// <summary>Windows spread evenly over those given.</summary>
    private static (float[,,] X, float[,] Y) Probes(float[,,] x, float[,] y)
    {
        int count = Math.Min(MostProbes, x.GetLength(0));
        var probeX = new float[count, x.GetLength(1), 1];
        var probeY = new float[count, 1];
        for (int i = 0; i < count; i++)
        {
            int from = (int)((long)i * x.GetLength(0) / count);
            for (int t = 0; t < x.GetLength(1); t++) { probeX[i, t, 0] = x[from, t, 0]; }
            probeY[i, 0] = y[from, 0];
        }

        return (probeX, probeY);
    }

    private static Recurrent Nearest(long weights, Func<int, Recurrent> create)
    {
        int units = 1;
        while (Parameters(create(units + 1)) <= weights) { units++; }
        return weights - Parameters(create(units)) <= Parameters(create(units + 1)) - weights ? create(units) : create(units + 1);
    }

    /// <summary>The weights of a network of the layer and one output.</summary>
    private static long Parameters(Recurrent layer)
    {
        const int Features = 1;
        long units = layer.Units;
        long perGate = units * (Features + units);
        return layer switch
        {
            Lstm => 4 * (perGate + units),
            Gru => 3 * (perGate + (2 * units)),
            _ => perGate + units,
        } + units + 1;
    }

    private sealed class Watch(string name, Action<double, string> progress, CancellationToken cancellation) : Callback
    {
        private readonly List<double> seconds = [];
        private long began;

        public double MedianSeconds
        {
            get
            {
                seconds.Sort();
                return seconds.Count == 0 ? 0 : seconds[seconds.Count / 2];
            }
        }

        public override void OnEpochBegin(TrainingRun run, int epoch) => began = Stopwatch.GetTimestamp();

        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
        {
            if (cancellation.IsCancellationRequested) { run.StopTraining = true; }
        }

        public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
        {
            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            progress((epoch + 1.0) / run.Epochs, FormattableString.Invariant($"{name}, epoch {epoch + 1}, loss {logs["loss"]:G3}, validation {logs["val_loss"]:G3}"));
        }
    }
}
