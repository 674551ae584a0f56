using System.Numerics.Tensors;
using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Forecasting;

/// <summary>One network for all series of a panel; see <see cref="PanelWindows"/> for what goes in and comes out.</summary>
internal sealed class PanelNetwork
{
    private const int PredictionBatch = 1024;

    public PanelNetwork(PanelShape shape, long seed) : this(shape, Unbuilt(shape, seed)) => ((Model)Model).Build();

    public PanelNetwork(PanelShape shape, Network model) => (Shape, Model) = (shape, model);

    public PanelShape Shape { get; }

    public Network Model { get; }

    /// <summary>Trains on windows.</summary>
    /// <param name="windows">What to learn from.</param>
    /// <param name="validation">What to choose the weights by, or null.</param>
    /// <param name="steps">How many batches.</param>
    /// <param name="options">The rest.</param>
    /// <param name="watch">Told the share that is done and the loss.</param>
    /// <returns>The loss by epoch, and after how many batches the weights were taken.</returns>
    public (IReadOnlyList<double> Loss, int Steps) Train(PanelWindows windows, PanelWindows? validation, int steps, GlobalForecastOptions options, Action<double, double> watch)
    {
        Loss loss = Shape.Head is { } head ? new MaskedHeadLoss(head) : options.Loss == ForecastLoss.SquaredError ? new MaskedSquaredError() : new MaskedAbsoluteError();
        Model.Compile(new Adam { Schedule = new CosineDecay(options.LearningRate, steps), GlobalClipNorm = 1 }, loss);
        int batches = (windows.Count + options.BatchSize - 1) / options.BatchSize;
        int perEpoch = Math.Min(batches, Math.Max(1, steps / 20));
        var keeper = new BestWeights(Model, steps, perEpoch, validation is not null, watch);
        Engram.Training.History history = Model.Fit(windows, new FitOptions
        {
            Epochs = (steps + perEpoch - 1) / perEpoch,
            StepsPerEpoch = perEpoch,
            BatchSize = options.BatchSize,
            ValidationData = validation,
            ValidationBatchSize = PredictionBatch,
            Callbacks = [keeper],
        });
        return (history.Loss, keeper.Restore());
    }

    /// <summary>What the network puts out: (samples, numbers).</summary>
    public float[] Predict(PanelWindows windows)
    {
        Tensor<float> output = Model.Predict(windows, PredictionBatch);
        var numbers = new float[output.FlattenedLength];
        output.FlattenTo(numbers);
        return numbers;
    }

    /// <summary>The network itself, without weights.</summary>
    public static Model Unbuilt(PanelShape shape, long seed)
    {
        var past = new Input(shape.TimeSteps, shape.Patch * shape.Channels) { Name = "past" };
        var inputs = new List<SymbolicTensor> { past };
        SymbolicTensor? future = null;
        bool decodes = shape.Output == ForecastOutput.EncoderDecoder;
        int decoderSteps = decodes ? shape.Horizon / shape.DecoderPatch : 1;
        if (PanelWindows.HasFuture(shape)) { inputs.Add(future = new Input(decoderSteps, PanelWindows.FutureFeatures(shape)) { Name = "future" }); }
        var wholes = new List<SymbolicTensor>();
        if (shape.Statics > 0)
        {
            var statics = new Input([shape.Statics]) { Name = "static" };
            inputs.Add(statics);
            wholes.Add(statics);
        }

        for (int i = 0; i < shape.Categories.Count; i++)
        {
            var words = new Input([1]) { Name = $"category_{i}" };
            inputs.Add(words);
            SymbolicTensor vector = new Embedding(shape.Categories[i], Math.Clamp((shape.Categories[i] + 1) / 2, 2, 16)) { Name = $"embedding_{i}" }.Apply(words);
            wholes.Add(new Flatten().Apply(vector));
        }

        SymbolicTensor? whole = wholes.Count switch { 0 => null, 1 => wholes[0], _ => new Concatenate().Apply([.. wholes]) };
        SymbolicTensor x = Beside(past, whole, shape.TimeSteps);
        IReadOnlyList<SymbolicTensor> state = [];
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            bool last = layer == shape.Layers - 1;
            IReadOnlyList<SymbolicTensor> outputs = Layer(shape, $"encoder_{layer}", sequences: !last, states: last && decodes).ApplyAll(x);
            (x, state) = (outputs[0], [.. outputs.Skip(1)]);
            if (shape.Dropout > 0) { x = new Dropout(shape.Dropout).Apply(x); }
        }

        float small = 0.1f / MathF.Sqrt(shape.Units); // so that training starts close to what is corrected
        var initial = new RandomUniformInitializer(-small, small);
        int perTarget = shape.Head?.ParametersPerTarget ?? 1;
        if (decodes)
        {
            SymbolicTensor decoded = Layer(shape, "decoder", sequences: true, states: false).Apply([Beside(future!, whole, decoderSteps), .. state]);
            var steps = new TimeDistributed(new Dense(shape.DecoderPatch * perTarget) { KernelInitializer = initial });
            return new Model([.. inputs], [new Flatten().Apply(steps.Apply(decoded))]) { Seed = seed };
        }

        if (future is not null)
        {
            SymbolicTensor known = new Flatten().Apply(future);
            x = new Dense(shape.Units) { Activation = Activations.Relu }.Apply(new Concatenate().Apply(whole is null ? [x, known] : [x, known, whole]));
        }

        return new Model([.. inputs], [new Dense(shape.Ahead * perTarget) { KernelInitializer = initial }.Apply(x)]) { Seed = seed };
    }

    // What holds for the whole series stands beside every step.
    private static SymbolicTensor Beside(SymbolicTensor sequence, SymbolicTensor? whole, int steps) =>
        whole is null ? sequence : new Concatenate().Apply(sequence, new RepeatVector(steps).Apply(whole));

    private static Recurrent Layer(PanelShape shape, string name, bool sequences, bool states) => shape.Cell switch
    {
        RecurrentKind.Lstm => new Lstm(shape.Units) { Name = name, ReturnSequences = sequences, ReturnState = states },
        RecurrentKind.Gru => new Gru(shape.Units) { Name = name, ReturnSequences = sequences, ReturnState = states },
        _ => new SimpleRnn(shape.Units) { Name = name, ReturnSequences = sequences, ReturnState = states },
    };

    // Counts batches, and keeps the weights with the least validation loss where there is one.
    private sealed class BestWeights(Network model, int steps, int perEpoch, bool validates, Action<double, double> watch) : Callback
    {
        private float[][]? best;
        private double least = double.PositiveInfinity;
        private int bestSteps;
        private int done;

        public override void OnBatchEnd(TrainingRun run, int epoch, int batch, double loss)
        {
            if (++done == steps) { run.StopTraining = true; }
        }

        public override void OnEpochEnd(TrainingRun run, int epoch, IReadOnlyDictionary<string, double> logs)
        {
            watch((double)done / steps, logs["loss"]);
            if (!validates || !(logs["val_loss"] < least)) { return; }
            (least, bestSteps) = (logs["val_loss"], Math.Min(steps, (epoch + 1) * perEpoch));
            best = [.. model.Weights.Select(weight => weight.Value.Span.ToArray())];
        }

        public int Restore()
        {
            if (best is null) { return steps; }
            for (int i = 0; i < best.Length; i++) { best[i].CopyTo(model.Weights[i].Value.Span); }
            return bestSteps;
        }
    }
}
