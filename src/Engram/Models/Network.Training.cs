using System.Text.Json.Nodes;
using Engram.Data;
using Engram.Layers;
using Engram.Training;

namespace Engram.Models;

public abstract partial class Network
{
    private (Optimizer Optimizer, OutputLoss?[] Losses)? compiled; // a loss for each output, null where it has none
    private Trainer? trainer;
    private (long Steps, long Epochs) position; // of the training before it was saved, until it goes on

    /// <summary>The optimizer, or null before <c>Compile</c>.</summary>
    public Optimizer? Optimizer => compiled?.Optimizer;

    /// <summary>The loss of each output, null where it has none; empty before <c>Compile</c>.</summary>
    internal IReadOnlyList<OutputLoss?> Losses => compiled?.Losses ?? [];

    /// <summary>How many steps and epochs the compiled model was trained: what the random draws of the next ones follow from.</summary>
    internal (long Steps, long Epochs) TrainingPosition
    {
        get => trainer?.Position ?? position;
        set => (trainer, position) = (null, value);
    }

    /// <summary>What a file said about training and what was meant by it; null once the model is compiled anew.</summary>
    internal (JsonObject Read, JsonObject Meant)? CompileNotes { get; set; }

    /// <summary>Says how the model is trained. The optimizer starts anew.</summary>
    /// <param name="optimizer">The rule by which gradients change weights.</param>
    /// <param name="loss">What training minimises; at each output where there are several.</param>
    /// <param name="metrics">Further figures to watch; only for a model with one output.</param>
    /// <exception cref="EngramException">The model has several outputs and there are metrics.</exception>
    public void Compile(Optimizer optimizer, Loss loss, params ReadOnlySpan<Metric> metrics)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(loss);
        if (OutputNames.Count > 1 && metrics.Length > 0)
        {
            throw new EngramException($"{Name} has {OutputNames.Count} outputs ({string.Join(", ", OutputNames)}); say with an OutputLoss at which one a metric is watched.");
        }

        Metric[] watched = metrics.ToArray();
        Compile(optimizer, [.. OutputNames.Select(name => new OutputLoss(name, loss) { Metrics = watched })], checkNames: false);
    }

    /// <summary>
    /// Says how a model with several outputs is trained. An output without a loss is not trained and takes no target. The optimizer starts anew.
    /// </summary>
    /// <param name="optimizer">The rule by which gradients change weights.</param>
    /// <param name="losses">What training minimises and what is watched, output by output.</param>
    /// <exception cref="EngramException">There is no loss, an output is named twice, or there is no output of a name.</exception>
    public void Compile(Optimizer optimizer, params ReadOnlySpan<OutputLoss> losses)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        if (losses.Length == 0) { throw new EngramException("At least one output needs a loss."); }
        Compile(optimizer, losses, checkNames: true);
    }

    /// <summary>Trains on arrays.</summary>
    /// <param name="x">The inputs: (samples, timeSteps, features), or what the layers take; several in order or by name.</param>
    /// <param name="y">The targets: (samples, ...); several in the order of the outputs that have a loss, or by their names.</param>
    /// <param name="options">How; null for Keras' defaults.</param>
    /// <returns>The losses and the metrics of each epoch.</returns>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or training diverges.</exception>
    public History Fit(NumericArrays x, NumericArrays y, FitOptions? options = null) => Fit(new ArrayDataset(x, Required(y)), options);

    /// <summary>Trains on a data set, for example windows on a series.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="options">How; null for Keras' defaults.</param>
    /// <returns>The losses and the metrics of each epoch.</returns>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or training diverges.</exception>
    public History Fit(IDataset data, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new FitOptions();
        FeedRequest request = Request(nameof(Fit)) with { BatchSize = options.BatchSize, SampleWeights = options.SampleWeights, ClassWeights = options.ClassWeights };
        var history = new History();
        FeedRequest? held = Split(data, options, ref request, history);
        using Feed feed = data.CreateFeed(request);
        using Feed? validation = options.ValidationData is { } given
            ? given.CreateFeed(Request(nameof(Fit)) with { BatchSize = options.ValidationBatchSize ?? options.BatchSize })
            : held is null ? null : data.CreateFeed(held);
        Ready(feed).Fit(feed, validation, options, history);
        return history;
    }

    /// <summary>One update on one batch.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The targets.</param>
    /// <param name="sampleWeights">Weights in the losses, or none.</param>
    /// <returns>The loss before the update.</returns>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or training diverges.</exception>
    public double TrainOnBatch(NumericArrays x, NumericArrays y, NumericArrays? sampleWeights = null)
    {
        FeedRequest request = Request(nameof(TrainOnBatch));
        var data = new ArrayDataset(x, Required(y), sampleWeights);
        using Feed feed = ((IDataset)data).CreateFeed(request with { BatchSize = data.Count });
        return Ready(feed).TrainOnBatch(feed);
    }

    /// <summary>The losses and the metrics on arrays, by name.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The targets.</param>
    /// <param name="batchSize">How many samples are computed at once. Default 32.</param>
    /// <param name="sampleWeights">Weights in the losses, or none.</param>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public IReadOnlyDictionary<string, double> Evaluate(NumericArrays x, NumericArrays y, int batchSize = 32, NumericArrays? sampleWeights = null) =>
        Evaluate(new ArrayDataset(x, Required(y), sampleWeights), batchSize);

    /// <summary>The losses and the metrics on a data set, by name.</summary>
    /// <param name="data">The samples.</param>
    /// <param name="batchSize">How many samples are computed at once. Default 32.</param>
    /// <param name="steps">How many batches are looked at; null for all.</param>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public IReadOnlyDictionary<string, double> Evaluate(IDataset data, int batchSize = 32, int? steps = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        using Feed feed = data.CreateFeed(Request(nameof(Evaluate)) with { BatchSize = batchSize });
        return Ready(feed).Evaluate(feed, steps);
    }

    /// <summary>Does something to the compiled model and puts weights, optimizer, states and random draws back.</summary>
    internal void Undisturbed(IDataset data, Action action)
    {
        Trainer ready;
        using (Feed feed = data.CreateFeed(Request("training"))) { ready = Ready(feed); }
        Optimizer optimizer = ready.Optimizer;
        (float[][] weights, float[][] state) = ([.. Weights.Select(Values)], [.. optimizer.State.Select(entry => entry.Value.Span.ToArray())]);
        (long iterations, double rate, var position) = (optimizer.Iterations, optimizer.LearningRate, ready.Position);
        try { action(); }
        finally
        {
            int at = 0;
            foreach (Weight weight in Weights) { weight.Value.CopyFrom(weights[at++]); }
            at = 0;
            foreach ((_, TensorBuffer value) in optimizer.State) { value.CopyFrom(state[at++]); }
            (optimizer.Iterations, optimizer.LearningRate, ready.Position) = (iterations, rate, position);
            ResetState();
        }

        static float[] Values(Weight weight) => weight.Value.Span.ToArray();
    }

    private void Compile(Optimizer optimizer, ReadOnlySpan<OutputLoss> losses, bool checkNames)
    {
        var byOutput = new OutputLoss?[OutputNames.Count];
        for (int i = 0; i < losses.Length; i++)
        {
            int output = checkNames ? IndexOf(losses[i].Output) : i;
            if (byOutput[output] is not null) { throw new EngramException($"The output {losses[i].Output} has two losses; give it one."); }
            byOutput[output] = losses[i];
        }

        compiled = (optimizer, byOutput);
        CompileNotes = null;
        trainer = null;
        position = default;
        if (InputShapes is { } shapes) { BuildFor(shapes); }
    }

    private int IndexOf(string output)
    {
        for (int i = 0; i < OutputNames.Count; i++)
        {
            if (OutputNames[i] == output) { return i; }
        }

        throw new EngramException($"{Name} has no output named {output}; it has {string.Join(", ", OutputNames)}.");
    }

    private FeedRequest Request(string what) => compiled is { } settings
        ? new FeedRequest { InputNames = InputNames, TargetNames = [.. settings.Losses.Select((loss, i) => loss is null ? null : OutputNames[i]).OfType<string>()] }
        : throw new InvalidOperationException($"{Name} is not compiled; call Compile(optimizer, loss) before {what}.");

    private Trainer Ready(Feed feed)
    {
        BuildFor(feed);
        return trainer ??= new Trainer(this, compiled!.Value.Optimizer, Objectives()) { Position = position };
    }

    private Objective[] Objectives()
    {
        OutputLoss?[] losses = compiled!.Value.Losses;
        var objectives = new List<Objective>();
        for (int i = 0; i < losses.Length; i++)
        {
            if (losses[i] is { } loss) { objectives.Add(new Objective(loss, i, objectives.Count, losses.Length == 1 ? "" : $"{OutputNames[i]}_")); }
        }

        return [.. objectives];
    }

    // The last block, cut off before any shuffling: Keras' training part ends at floor(n (1 - split)).
    private static FeedRequest? Split(IDataset data, FitOptions options, ref FeedRequest request, History history)
    {
        if (options.ValidationSplit == 0) { return null; }
        if (options.ValidationData is not null) { throw new EngramException("Both ValidationSplit and ValidationData are set; set one of them."); }
        int count = data.SampleCount
            ?? throw new EngramException("A validation split needs data whose number of samples is known; give ValidationData for data that come in batches.");
        int training = (int)(count * (1 - options.ValidationSplit));
        if (training == 0) { throw new EngramException($"A validation split of {options.ValidationSplit} of {count} samples leaves none to train on."); }
        string text = $"Training on samples 0 to {training - 1}, validating on samples {training} to {count - 1} (the last {count - training}, cut off before shuffling).";
        history.AddMessage(text);
        options.Log?.WriteLine(text);
        FeedRequest held = request with { First = training, Count = count - training, BatchSize = options.ValidationBatchSize ?? options.BatchSize };
        request = request with { Count = training };
        return held;
    }

    private static NumericArrays Required(NumericArrays? y) => y is { Count: > 0 } ? y : throw new ArgumentException("Training and evaluation need targets.", nameof(y));
}
