using System.Numerics.Tensors;
using Engram.Data;
using Engram.Inference;
using Engram.Layers;
using Engram.Training;

namespace Engram.Models;

/// <summary>
/// A model that is a chain of layers: build it, <see cref="Compile"/> it, fit it, predict with it.
/// <code>
/// var model = new Sequential(new Input(timeSteps: 12, features: 1), new Lstm(50), new Dense(1));
/// model.Compile(new Adam(), Loss.MeanSquaredError);
/// History history = model.Fit(x, y, new FitOptions { Epochs = 10 });
/// Tensor&lt;float&gt; prediction = model.Predict(x);
/// </code>
/// Predicting from several threads at once is safe while nobody trains; training is for one thread at a time.
/// </summary>
public sealed class Sequential : INetwork
{
    private readonly List<Layer> layers = [];
    private Shape? inputShape;
    private Trainer? trainer;
    private (Optimizer Optimizer, Loss Loss, Metric[] Metrics)? compiled;
    private SequentialPass? idlePass;

    /// <summary>Creates a model of layers.</summary>
    /// <param name="layers">The layers in order; the first may be an <see cref="Input"/>, otherwise the first data tell the shape.</param>
    /// <exception cref="ArgumentException">There is no layer, or an <see cref="Input"/> is not the first.</exception>
    public Sequential(params ReadOnlySpan<Layer> layers)
    {
        foreach (Layer layer in layers) { Add(layer); }
    }

    /// <summary>The model's name. Default <c>sequential</c>.</summary>
    public string Name { get; init; } = "sequential";

    /// <summary>
    /// The number from which everything random follows: initial weights, the order of samples, dropout. The same seed gives the same bits
    /// on any number of cores. Default: a new one for each model.
    /// </summary>
    public long Seed { get; init; } = Random.Shared.NextInt64(1L << 32);

    /// <summary>The layers, without the <see cref="Input"/>.</summary>
    public IReadOnlyList<Layer> Layers => layers;

    /// <summary>The shape of the input, batch axis first, or null while it is unknown.</summary>
    public Shape? InputShape => inputShape;

    /// <summary>Every weight, in the order of the layers. Empty before the model is built.</summary>
    public IReadOnlyList<Weight> Weights => [.. layers.SelectMany(layer => layer.Weights)];

    /// <summary>The weights that training changes.</summary>
    public IReadOnlyList<Weight> TrainableWeights =>
        [.. layers.Where(layer => layer.Trainable).SelectMany(layer => layer.Weights).Where(weight => weight.IsTrainable)];

    /// <summary>Whether the weights exist.</summary>
    public bool IsBuilt { get; private set; }

    /// <summary>The optimizer, or null before <see cref="Compile"/>.</summary>
    public Optimizer? Optimizer => compiled?.Optimizer;

    /// <summary>Appends a layer.</summary>
    /// <exception cref="ArgumentException">The layer is an <see cref="Input"/> and not the first, or is already in the model.</exception>
    /// <exception cref="InvalidOperationException">The model is built.</exception>
    public void Add(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (IsBuilt) { throw new InvalidOperationException($"{Name} is built; add layers before its first use."); }
        if (layer is Input input)
        {
            if (layers.Count > 0 || inputShape is not null) { throw new ArgumentException("An Input must be the first layer and the only one.", nameof(layer)); }
            inputShape = input.Shape;
            return;
        }

        if (layers.Contains(layer)) { throw new ArgumentException($"{layer.DisplayName} is already in the model; a chain uses each layer once.", nameof(layer)); }
        if (layer.Name.Length == 0) { layer.Name = UniqueName(LayerNames.SnakeCase(layer.Kind)); }
        else if (layers.Any(other => other.Name == layer.Name)) { throw new ArgumentException($"There already is a layer named {layer.Name}.", nameof(layer)); }
        layers.Add(layer);
    }

    /// <summary>Creates the weights. Called by itself at the first use; needed only to see weights before that.</summary>
    /// <param name="shape">The input's shape, batch axis first; null for that of the <see cref="Input"/>.</param>
    /// <exception cref="EngramException">No shape is known, or it does not fit a layer.</exception>
    public void Build(Shape? shape = null)
    {
        if (layers.Count == 0) { throw new EngramException($"{Name} has no layers."); }
        if (IsBuilt)
        {
            if (shape is null || inputShape!.Accepts(shape.Axes)) { return; }
            layers[0].OutputShape(shape); // an error that names the layer, unless it would take this shape
            throw new EngramException($"{Name}: expected an input of shape {inputShape}, got {shape}.");
        }

        if (shape is not null && inputShape is not null && !inputShape.Accepts(shape.Axes))
        {
            throw new EngramException($"{Name}: expected an input of shape {inputShape}, got {shape}.");
        }

        inputShape ??= shape?.With(0, Shape.Unknown)
            ?? throw new EngramException($"{Name} does not know its input's shape; begin with new Input(timeSteps, features) or call Build with a shape.");
        var key = new RandomKey(Seed);
        Shape current = inputShape;
        for (int i = 0; i < layers.Count; i++)
        {
            layers[i].Build([current], key.Derive("weights").Derive(i));
            IReadOnlyList<Shape> outputs = layers[i].OutputShapes([current]);
            if (outputs.Count != 1)
            {
                throw new EngramException($"{layers[i].Name}: has {outputs.Count} outputs, but a chain passes on one; turn ReturnState off.");
            }

            current = outputs[0];
        }

        IsBuilt = true;
    }

    /// <summary>Says how the model is trained. The optimizer starts anew.</summary>
    /// <param name="optimizer">The rule by which gradients change weights.</param>
    /// <param name="loss">What training minimises.</param>
    /// <param name="metrics">Further figures to watch.</param>
    public void Compile(Optimizer optimizer, Loss loss, params ReadOnlySpan<Metric> metrics)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(loss);
        compiled = (optimizer, loss, metrics.ToArray());
        trainer = null;
        if (inputShape is not null) { Build(); }
    }

    /// <summary>Trains on arrays.</summary>
    /// <param name="x">The inputs: (samples, timeSteps, features), or what the first layer takes.</param>
    /// <param name="y">The targets: (samples, ...).</param>
    /// <param name="options">How; null for Keras' defaults.</param>
    /// <returns>The loss and the metrics of each epoch.</returns>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or training diverges.</exception>
    public History Fit(NumericArray x, NumericArray y, FitOptions? options = null) => Fit(new ArraySamples(x, Required(y)), options);

    /// <summary>Trains on a source of samples, for example windows on a series.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="options">How; null for Keras' defaults.</param>
    /// <returns>The loss and the metrics of each epoch.</returns>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or training diverges.</exception>
    public History Fit(ISampleSource samples, FitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return Trainer(samples, nameof(Fit)).Fit(samples, options ?? new FitOptions());
    }

    /// <summary>One update on one batch.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The targets.</param>
    /// <returns>The loss before the update.</returns>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, a number is not finite, or training diverges.</exception>
    public double TrainOnBatch(NumericArray x, NumericArray y)
    {
        var samples = new ArraySamples(x, Required(y));
        return Trainer(samples, nameof(TrainOnBatch)).TrainOnBatch(samples);
    }

    /// <summary>The loss and the metrics on arrays, by name.</summary>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The targets.</param>
    /// <param name="batchSize">How many samples are computed at once. Default 32.</param>
    /// <param name="sampleWeights">One weight for each sample, or none.</param>
    /// <exception cref="InvalidOperationException">The model is not compiled.</exception>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public IReadOnlyDictionary<string, double> Evaluate(NumericArray x, NumericArray y, int batchSize = 32, NumericArray sampleWeights = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var samples = new ArraySamples(x, Required(y));
        return Trainer(samples, nameof(Evaluate)).Evaluate(samples, sampleWeights, batchSize);
    }

    /// <summary>The model's output for arrays.</summary>
    /// <param name="x">The inputs: (samples, ...).</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>(samples, ...), the last layer's output.</returns>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public Tensor<float> Predict(NumericArray x, int batchSize = 256) => Predict(new ArraySamples(x), batchSize);

    /// <summary>The model's output for a source of samples; targets are not read.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="batchSize">How many samples are computed at once; changes no result. Default 256.</param>
    /// <returns>(samples, ...), the last layer's output.</returns>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not finite.</exception>
    public Tensor<float> Predict(ISampleSource samples, int batchSize = 256)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        BuildFor(samples);
        SequentialPass pass = Interlocked.Exchange(ref idlePass, null) ?? new SequentialPass(layers);
        var reader = new BatchReader(samples, withTargets: false);
        int[] rows = [.. Enumerable.Range(0, samples.Count)];
        float[] values = [];
        nint[] lengths = [];
        for (int first = 0; first < rows.Length; first += batchSize)
        {
            reader.Read(rows.AsSpan(first, Math.Min(batchSize, rows.Length - first)));
            pass.Forward(reader.X, training: false, default);
            int perSample = pass.Output.Length / pass.Output[0];
            if (first == 0)
            {
                values = new float[checked(perSample * samples.Count)];
                lengths = [samples.Count];
                for (int axis = 1; axis < pass.Output.Rank; axis++) { lengths = [.. lengths, pass.Output[axis]]; }
            }

            pass.Output.Span.CopyTo(values.AsSpan(first * perSample));
        }

        idlePass = pass;
        return Tensor.Create(values, lengths);
    }

    /// <summary>Opens a session that runs the model one time step at a time and keeps its states.</summary>
    /// <param name="rows">How many sequences run side by side. Default 1.</param>
    /// <exception cref="EngramException">The model is not built, or has a layer that cannot go step by step.</exception>
    public LstmSession OpenSession(int rows = 1)
    {
        Build();
        return new LstmSession(layers, inputShape!.Last, rows);
    }

    /// <summary>Forgets the states that stateful layers carry from batch to batch.</summary>
    public void ResetState()
    {
        foreach (Recurrent layer in layers.OfType<Recurrent>()) { layer.ResetState(); }
        foreach (ConvLstm layer in layers.OfType<ConvLstm>()) { layer.ResetState(); }
    }

    /// <summary>The table of layers, shapes and parameters that Keras prints.</summary>
    /// <param name="lineLength">The width in characters, at least 40. Default 80.</param>
    public string Summary(int lineLength = 80) => ModelSummary.Format(this, lineLength);

    NetworkPass INetwork.CreatePass() => new SequentialPass(layers);

    private static NumericArray Required(NumericArray y) => y.HasValue ? y : throw new ArgumentException("Training and evaluation need targets.", nameof(y));

    private Trainer Trainer(ISampleSource samples, string what)
    {
        if (compiled is not { } settings)
        {
            throw new InvalidOperationException($"{Name} is not compiled; call Compile(optimizer, loss) before {what}.");
        }

        BuildFor(samples);
        return trainer ??= new Trainer(this, settings.Optimizer, settings.Loss, settings.Metrics, new RandomKey(Seed).Derive("training"));
    }

    private void BuildFor(ISampleSource samples) => Build(new Shape([samples.Count, .. samples.InputAxes]));

    private string UniqueName(string name)
    {
        string unique = name;
        for (int number = 1; layers.Any(layer => layer.Name == unique); number++) { unique = $"{name}_{number}"; }
        return unique;
    }
}
