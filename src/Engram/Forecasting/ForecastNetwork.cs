using System.Numerics.Tensors;
using Engram.Distributions;
using Engram.Layers;
using Engram.Models;
using Engram.Training;
using TrainingHistory = Engram.Training.History;

namespace Engram.Forecasting;

/// <summary>The shape of a forecasting network.</summary>
/// <param name="Cell">The kind of recurrent layer.</param>
/// <param name="Units">The units of each.</param>
/// <param name="Layers">How many there are.</param>
/// <param name="Covariates">The columns beside the series.</param>
/// <param name="Head">What turns the output into distributions, or null.</param>
internal readonly record struct NetworkShape(RecurrentKind Cell, int Units, int Layers, int Covariates, DistributionHead? Head);

/// <summary>One network that corrects the seasonal naive forecast of a series, and the window and scale it was trained with.</summary>
internal sealed class ForecastNetwork
{
    private const double LearningRate = 0.01;
    private const int BatchSize = 32;

    private readonly DistributionHead? head;

    public ForecastNetwork(NetworkShape shape, int season, int horizon, int length, double scale, Network model)
    {
        head = shape.Head;
        Season = season;
        Horizon = horizon;
        Length = length;
        Scale = scale;
        Model = model;
    }

    /// <summary>The network itself, without weights.</summary>
    public static Sequential Unbuilt(NetworkShape shape, int horizon, int length, long seed)
    {
        (int steps, int features) = ForecastWindows.InputSize(length, shape.Covariates);
        var model = new Sequential(new Input(steps, features)) { Seed = seed };
        for (int layer = 0; layer < shape.Layers; layer++) { model.Add(Layer(shape, last: layer == shape.Layers - 1)); }
        float small = 0.1f / MathF.Sqrt(shape.Units); // so that training starts close to the seasonal naive forecast
        model.Add(new Dense(shape.Head?.Parameters(horizon) ?? horizon) { KernelInitializer = new RandomUniformInitializer(-small, small) });
        return model;
    }

    public Network Model { get; }

    public int Season { get; }

    public int Horizon { get; }

    /// <summary>The window L.</summary>
    public int Length { get; }

    public double Scale { get; }

    /// <summary>Creates a network and trains it on the first n rows.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="z">The series; rows from n on are not looked at.</param>
    /// <param name="covariates">Scaled columns beside it.</param>
    /// <param name="n">The number of training rows.</param>
    /// <param name="season">The season.</param>
    /// <param name="horizon">The number of steps ahead.</param>
    /// <param name="length">The window L.</param>
    /// <param name="epochs">How often all windows are seen, or null for the rule of <see cref="WindowPlan.Steps"/>.</param>
    /// <param name="seed">What the weights and the order of windows follow from.</param>
    /// <param name="validationEnd">Where the validation rows end that start at n, or n for none.</param>
    /// <param name="watch">Told after each epoch what share of the training is done, and the epoch's figures.</param>
    public static (ForecastNetwork Network, TrainingHistory History, int Steps) Train(
        NetworkShape shape, double[] z, double[][] covariates, int n, int season, int horizon, int length, int? epochs, long seed, int validationEnd,
        Action<double, IReadOnlyDictionary<string, double>> watch)
    {
        int[] origins = ForecastWindows.TrainingOrigins(n, season, length);
        double scale = ForecastWindows.ScaleOf(z, origins, season, length);
        Sequential model = Unbuilt(shape, horizon, length, seed);
        model.Build();
        var network = new ForecastNetwork(shape, season, horizon, length, scale, model);
        int batches = (origins.Length + BatchSize - 1) / BatchSize;
        int steps = epochs is int given ? checked(given * batches) : WindowPlan.Steps(n);
        network.Model.Compile(new Adam { Schedule = new CosineDecay(LearningRate, steps), GlobalClipNorm = 1 }, shape.Head is { } head ? new MaskedHeadLoss(head) : new MaskedAbsoluteError());
        TrainingHistory history = network.Model.Fit(network.Windows(z, covariates, origins, n), new FitOptions
        {
            Epochs = (steps + batches - 1) / batches,
            BatchSize = BatchSize,
            ValidationData = validationEnd > n ? network.Windows(z, covariates, WindowPlan.Spread(n, validationEnd, 60), validationEnd) : null,
            Callbacks = [new StopAfter(steps, watch)],
        });
        return (network, history, steps);
    }

    /// <summary>Adds the network's share of a mean forecast: the seasonal naive forecast, corrected.</summary>
    /// <param name="z">The series; rows from an origin on are not looked at.</param>
    /// <param name="covariates">Scaled columns beside it.</param>
    /// <param name="origins">The first row to forecast of each forecast.</param>
    /// <param name="share">One over the number of networks.</param>
    /// <param name="forecast">Added to: (origins, horizon).</param>
    public void AddForecast(double[] z, double[][] covariates, int[] origins, double share, double[,] forecast)
    {
        if (head is not null)
        {
            AddQuantile(Distributions(z, covariates, origins), z, origins, 0.5, share, forecast);
            return;
        }

        Tensor<float> output = Model.Predict(Windows(z, covariates, origins, 0));
        var correction = new float[origins.Length * Horizon];
        output.FlattenTo(correction);
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < Horizon; j++)
            {
                forecast[i, j] += share * (z[origins[i] - Season + (j % Season)] + (Scale * correction[(i * Horizon) + j]));
            }
        }
    }

    /// <summary>What the head makes of the output: (origins, horizon), of the corrections, or of the counts themselves.</summary>
    public ForecastDistribution[,] Distributions(double[] z, double[][] covariates, int[] origins)
    {
        Tensor<float> output = Model.Predict(Windows(z, covariates, origins, 0));
        if (head is not NegativeBinomialHead) { return head!.Distributions(output); }
        int n = head.ParametersPerTarget;
        var raw = new float[origins.Length * Horizon * n];
        output.FlattenTo(raw);
        var distributions = new ForecastDistribution[origins.Length, Horizon];
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < Horizon; j++)
            {
                double level = ForecastWindows.LevelOf(z, origins[i], j, Season, Length);
                distributions[i, j] = NegativeBinomialHead.Distribution(level, raw.AsSpan(((i * Horizon) + j) * n, n));
            }
        }

        return distributions;
    }

    /// <summary>Adds the network's share of a mean quantile.</summary>
    public void AddQuantile(ForecastDistribution[,] distributions, double[] z, int[] origins, double p, double share, double[,] forecast)
    {
        bool counts = head is NegativeBinomialHead;
        for (int i = 0; i < origins.Length; i++)
        {
            for (int j = 0; j < Horizon; j++)
            {
                double quantile = distributions[i, j].Quantile(p);
                forecast[i, j] += share * (counts ? quantile : z[origins[i] - Season + (j % Season)] + (Scale * quantile));
            }
        }
    }

    private ForecastWindows Windows(double[] z, double[][] covariates, int[] origins, int end) =>
        new(z, covariates, origins, end, Season, Length, Horizon, Scale, head is NegativeBinomialHead);

    private static Recurrent Layer(NetworkShape shape, bool last)
    {
        return shape.Cell switch
        {
            RecurrentKind.Lstm => new Lstm(shape.Units) { ReturnSequences = !last },
            RecurrentKind.Gru => new Gru(shape.Units) { ReturnSequences = !last },
            _ => new SimpleRnn(shape.Units) { ReturnSequences = !last },
        };
    }

    // The rule counts batches, which need not fill the last epoch.
    private sealed class StopAfter(int steps, Action<double, IReadOnlyDictionary<string, double>> watch) : Callback
    {
        private int done;

        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
        {
            if (++done == steps) { run.StopTraining = true; }
        }

        public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs) => watch((double)done / steps, logs);
    }
}
