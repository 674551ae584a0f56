using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;
using Engram.Data;
using Engram.Kernels;
using Engram.Layers;
using Engram.Models;
using Engram.Training;
using TrainingHistory = Engram.Training.History;

namespace Engram.Classification;

/// <summary>What a kind of classifier says about its data and its networks.</summary>
internal sealed class ClassifierPlan
{
    /// <summary>The names of the classes.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The number of each sample's class.</summary>
    public required int[] Targets { get; init; }

    /// <summary>The samples that are learnt from.</summary>
    public required int[] Training { get; init; }

    /// <summary>The samples that validate.</summary>
    public required int[] Validation { get; init; }

    /// <summary>The samples of these numbers with targets (samples, classes) of zeros and a one.</summary>
    public required Func<int[], IDataset> Samples { get; init; }

    /// <summary>A new input of the networks, alike for all.</summary>
    public required Func<Input> Input { get; init; }

    /// <summary>An untrained network with a seed, built; its output are logits (batch, classes).</summary>
    public required Func<long, Network> Network { get; init; }

    /// <summary>A model that is not trained, whose output (batch, classes) is evidence beside that of the networks; null for none.</summary>
    public Network? Evidence { get; init; }

    /// <summary>The learning rate of the first step; it falls to 0 along half a cosine.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The samples of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>How many times all samples are seen at most.</summary>
    public required int Epochs { get; init; }

    /// <summary>How much of each target is spread evenly over the classes, so that a network does not grow ever surer of what it has learnt by heart.</summary>
    public required double LabelSmoothing { get; init; }

    /// <summary>After how many epochs without a lower loss on the validation part a network stops.</summary>
    public required int Patience { get; init; }
}

/// <summary>Trains the networks of a classifier side by side, each on a thread of its own, and makes one model of them whose probabilities are calibrated.</summary>
internal sealed class ClassifierFit
{
    /// <summary>The name of the layer that divides by the temperature.</summary>
    public const string TemperatureName = "temperature";

    // Fewer samples cannot say which epoch is best; with a learning rate that falls to 0 the last one is the better guess.
    private const int EnoughToJudge = 50;

    private readonly ClassifierPlan plan;
    private readonly ClassifierOptions options;
    private readonly Network[] networks;
    private readonly TrainingHistory[] histories;
    private readonly int[] bestEpochs;

    private ClassifierFit(ClassifierPlan plan, ClassifierOptions options)
    {
        (this.plan, this.options) = (plan, options);
        (networks, histories, bestEpochs) = (new Network[options.Networks], new TrainingHistory[options.Networks], new int[options.Networks]);
    }

    /// <summary>Trains.</summary>
    /// <returns>The model, which puts out probabilities, and what training found out.</returns>
    public static (Network Model, ClassifierTraining Training) Run(
        ClassifierPlan plan, ClassifierOptions options, IReadOnlyList<string> notes, IProgress<ClassifierProgress>? progress, CancellationToken cancellation)
    {
        var fit = new ClassifierFit(plan, options);
        fit.TrainAll(progress, cancellation);
        return fit.Join(notes);
    }

    /// <summary>The temperature in a classifier's model; null where there is none.</summary>
    public static double? TemperatureOf(Network model) => model.Layers.FirstOrDefault(layer => layer is Rescaling && layer.Name == TemperatureName) is Rescaling layer ? 1 / (double)layer.Scale : null;

    private void TrainAll(IProgress<ClassifierProgress>? progress, CancellationToken cancellation)
    {
        var reporting = new Lock();
        var shares = new double[networks.Length];
        int done = 0;

        void Report(int number, double share, IReadOnlyDictionary<string, double> figures)
        {
            cancellation.ThrowIfCancellationRequested();
            lock (reporting)
            {
                if (share >= 1 && shares[number] < 1) { done++; }
                shares[number] = share;
                progress?.Report(new ClassifierProgress(done, shares.Length, shares.Average(), figures["loss"], figures["val_categorical_accuracy"]));
            }
        }

        if (networks.Length == 1)
        {
            Train(0, Report); // all threads work on it
            return;
        }

        try
        {
            Parallel.For(0, networks.Length, new ParallelOptions { MaxDegreeOfParallelism = Workers.ThreadCount, CancellationToken = cancellation }, number =>
            {
                using (Workers.OnThisThread()) { Train(number, Report); }
            });
        }
        catch (AggregateException e) { ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); }
    }

    private void Train(int number, Action<int, double, IReadOnlyDictionary<string, double>> report)
    {
        Network network = plan.Network(unchecked((options.Seed * 100) + number));
        int steps = plan.Epochs * ((plan.Training.Length + plan.BatchSize - 1) / plan.BatchSize);
        var optimizer = new Adam { Schedule = new CosineDecay(plan.LearningRate, steps), GlobalClipNorm = 1 };
        network.Compile(optimizer, Loss.CategoricalCrossentropy(fromLogits: true, plan.LabelSmoothing), Metrics.CategoricalAccuracy());
        EarlyStopping? best = plan.Validation.Length < EnoughToJudge ? null : new EarlyStopping { Patience = plan.Patience, RestoreBestWeights = true };
        var watch = new Watch((epoch, figures) => report(number, (epoch + 1.0) / plan.Epochs, figures), plan.Epochs);
        histories[number] = network.Fit(plan.Samples(plan.Training), new FitOptions
        {
            Epochs = plan.Epochs,
            BatchSize = plan.BatchSize,
            ValidationData = plan.Samples(plan.Validation),
            ValidationBatchSize = Classifier.PredictionBatch,
            Callbacks = best is null ? [watch] : [best, watch],
        });
        (networks[number], bestEpochs[number]) = (network, (best?.BestEpoch ?? plan.Epochs - 1) + 1);
        watch.Finish();
    }

    private (Network Model, ClassifierTraining Training) Join(IReadOnlyList<string> notes)
    {
        Input input = plan.Input();
        for (int i = 0; i < networks.Length; i++) { networks[i].Name = $"network_{i + 1}"; }
        SymbolicTensor[] outputs = [.. networks.Select(network => network.Apply(input))];
        SymbolicTensor logits = outputs.Length == 1 ? outputs[0] : new Average { Name = "mean" }.Apply(outputs);
        IDataset validation = plan.Samples(plan.Validation);
        int[] targets = [.. plan.Validation.Select(i => plan.Targets[i])];
        double[,] z = Rows(new Model([input], [logits]).Predict(validation, Classifier.PredictionBatch));
        double temperature, networksAccuracy = Accuracy(z, targets);
        double? weight = null, evidenceAccuracy = null;
        if (plan.Evidence is null) { temperature = TemperatureScaling.Fit(z, targets); }
        else
        {
            double[,] e = Rows(plan.Evidence.Predict(validation, Classifier.PredictionBatch));
            (temperature, weight) = TemperatureScaling.Fit(z, e, targets);
            evidenceAccuracy = Accuracy(e, targets);
            if (weight > 0) { logits = new Add { Name = "sum" }.Apply(logits, new Rescaling((float)weight) { Name = "evidence_weight" }.Apply(plan.Evidence.Apply(input))); }
        }

        SymbolicTensor scaled = new Rescaling((float)(1 / temperature)) { Name = TemperatureName }.Apply(logits);
        var model = new Model([input], [new Layers.Softmax { Name = "probabilities" }.Apply(scaled)]) { Seed = options.Seed };
        model.Build();
        int[] counts = [.. Enumerable.Range(0, plan.Classes.Count).Select(k => plan.Targets.Count(target => target == k))];
        return (model, new ClassifierTraining
        {
            TrainingSamples = plan.Training.Length,
            ValidationSamples = plan.Validation,
            ClassCounts = counts,
            Loss = Mean("loss"),
            ValidationLoss = Mean("val_loss"),
            ValidationAccuracy = Mean("val_categorical_accuracy"),
            BestEpochs = bestEpochs,
            Parameters = networks[0].ParameterCount,
            Validation = new ClassifierEvaluation(plan.Classes, targets, Classifier.Probabilities(model, validation), plan.Classes[Array.IndexOf(counts, counts.Max())], TemperatureOf(model)!.Value),
            NetworksAccuracy = networksAccuracy,
            EvidenceAccuracy = evidenceAccuracy,
            EvidenceWeight = weight,
            Notes = notes,
        });
    }

    private double[] Mean(string figure)
    {
        var mean = new double[histories.Min(history => history.Epochs)];
        foreach (TrainingHistory history in histories)
        {
            for (int epoch = 0; epoch < mean.Length; epoch++) { mean[epoch] += history[figure][epoch] / histories.Length; }
        }

        return mean;
    }

    private static double Accuracy(double[,] z, int[] targets)
    {
        int right = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            int best = 0;
            for (int k = 1; k < z.GetLength(1); k++) { best = z[i, k] > z[i, best] ? k : best; }
            right += best == targets[i] ? 1 : 0;
        }

        return (double)right / targets.Length;
    }

    private static double[,] Rows(Tensor<float> values)
    {
        var rows = new double[(int)values.Lengths[0], (int)values.Lengths[1]];
        for (int i = 0; i < rows.GetLength(0); i++)
        {
            for (int k = 0; k < rows.GetLength(1); k++) { rows[i, k] = values[i, k]; }
        }

        return rows;
    }

    // Tells after each epoch; when training stopped early the last epoch is told again as the end.
    private sealed class Watch(Action<int, IReadOnlyDictionary<string, double>> tell, int epochs) : Callback
    {
        private IReadOnlyDictionary<string, double> last = new Dictionary<string, double>();

        public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
        {
            last = new Dictionary<string, double>(logs);
            tell(epoch, logs);
        }

        public void Finish() => tell(epochs - 1, last);
    }
}
