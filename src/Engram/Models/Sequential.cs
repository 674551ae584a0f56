using System.Text.Json.Nodes;
using Engram.Data;
using Engram.Inference;
using Engram.Layers;

namespace Engram.Models;

/// <summary>
/// A model that is a chain of layers: build it, <see cref="Network.Compile(Training.Optimizer, Training.Loss, ReadOnlySpan{Training.Metric})"/> it, fit
/// it, predict with it.
/// <code>
/// var model = new Sequential(new Input(timeSteps: 12, features: 1), new Lstm(50), new Dense(1));
/// model.Compile(new Adam(), Loss.MeanSquaredError);
/// History history = model.Fit(x, y, new FitOptions { Epochs = 10 });
/// Tensor&lt;float&gt; prediction = model.Predict(x);
/// </code>
/// </summary>
public sealed class Sequential : Network
{
    private readonly List<Layer> layers = [];
    private Input? input;
    private Shape? inputShape;
    private Graph? graph;

    /// <summary>Creates a model of layers.</summary>
    /// <param name="layers">The layers in order; the first may be an <see cref="Input"/>, otherwise the first data tell the shape.</param>
    /// <exception cref="ArgumentException">There is no layer, or an <see cref="Input"/> is not the first.</exception>
    public Sequential(params ReadOnlySpan<Layer> layers)
    {
        foreach (Layer layer in layers) { Add(layer); }
    }

    /// <summary>The layers, without the <see cref="Input"/>.</summary>
    public override IReadOnlyList<Layer> Layers => layers;

    /// <summary>Where data go in, where it was given.</summary>
    internal Input? InputLayer => input;

    /// <summary>The shape of the input, batch axis first, or null while it is unknown.</summary>
    public Shape? InputShape => inputShape;

    /// <inheritdoc/>
    public override IReadOnlyList<string> InputNames { get; } = ["x"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> OutputNames => [layers.Count > 0 ? layers[^1].Name : "x"];

    /// <inheritdoc/>
    public override string Kind => "Sequential";

    private protected override string DefaultName => "sequential";

    private protected override string KerasModule => "keras";

    internal override Graph Graph => graph ??= Graph.Chain(layers);

    internal override IReadOnlyList<Shape>? InputShapes => inputShape is null ? null : [inputShape];

    /// <summary>Appends a layer.</summary>
    /// <exception cref="ArgumentException">The layer is an <see cref="Input"/> and not the first, or is already in the model.</exception>
    /// <exception cref="InvalidOperationException">The model is built.</exception>
    public void Add(Layer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (IsBuilt) { throw new InvalidOperationException($"{Name} is built; add layers before its first use."); }
        if (layer is Input first)
        {
            if (layers.Count > 0 || inputShape is not null) { throw new ArgumentException("An Input must be the first layer and the only one.", nameof(layer)); }
            inputShape = first.Shape;
            input = first;
            return;
        }

        if (layers.Contains(layer)) { throw new ArgumentException($"{layer.DisplayName} is already in the model; a chain uses each layer once.", nameof(layer)); }
        if (layer.HasName && layers.Any(other => other.Name == layer.Name)) { throw new ArgumentException($"There already is a layer named {layer.Name}.", nameof(layer)); }
        layers.Add(layer);
        LayerNames.NameAll(layers);
        graph = null;
    }

    /// <summary>Creates the weights. Called by itself at the first use; needed only to see weights before that.</summary>
    /// <param name="shape">The input's shape, batch axis first; null for that of the <see cref="Input"/>.</param>
    /// <exception cref="EngramException">No shape is known, or it does not fit a layer.</exception>
    public void Build(Shape? shape = null)
    {
        if (IsBuilt)
        {
            if (shape is null || inputShape!.Accepts(shape.Axes)) { return; }
            layers[0].OutputShape(shape); // an error that names the layer, unless it would take this shape
            throw WrongShape(shape);
        }

        if (shape is not null && inputShape is not null && !inputShape.Accepts(shape.Axes)) { throw WrongShape(shape); }
        Shape known = inputShape ?? shape?.With(0, Shape.Unknown)
            ?? throw new EngramException($"{Name} does not know its input's shape; begin with new Input(timeSteps, features) or call Build with a shape.");
        Build([known], new RandomKey(Seed).Derive("weights"));
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => OutputShapes([input])[0];

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        if (layers.Count == 0) { throw new EngramException($"{Name} has no layers."); }
        if (inputs.Count != 1) { throw new EngramException($"{Name}: takes one input, got {inputs.Count}."); }
        if (inputShape is not null && !inputShape.Accepts(inputs[0].Axes)) { throw WrongShape(inputs[0]); }
        Shape current = inputs[0];
        foreach (Layer layer in layers) { current = Next(layer, current); }
        return [current];
    }

    /// <summary>Opens a session that runs the model one time step at a time and keeps its states.</summary>
    /// <param name="rows">How many sequences run side by side. Default 1.</param>
    /// <exception cref="EngramException">The model is not built, or has a layer that cannot go step by step.</exception>
    public LstmSession OpenSession(int rows = 1)
    {
        Build();
        return new LstmSession(layers, SessionStage.InputWidth(layers, inputShape!), rows);
    }

    /// <summary>
    /// Rounds the weights to 16 or 8 bits: a smaller model for inference, with a report of its error against this one on the given samples.
    /// </summary>
    /// <param name="type"><see cref="WeightType.Bfloat16"/> or <see cref="WeightType.Int8"/>.</param>
    /// <param name="samples">Inputs like those the model will see: (samples, timeSteps, features).</param>
    /// <param name="keepFloat">The names of layers that stay in 32 bits.</param>
    /// <returns>The model for inference; this one is not changed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type to quantize to.</exception>
    /// <exception cref="EngramException">
    /// The model has a layer that cannot go step by step, a weight is not finite, shapes do not fit, or there is no layer of such a name.
    /// </exception>
    public QuantizedModel Quantize(WeightType type, NumericArray samples, params ReadOnlySpan<string> keepFloat) =>
        Quantize(type, new ArraySamples(samples), keepFloat);

    /// <inheritdoc cref="Quantize(WeightType, NumericArray, ReadOnlySpan{string})"/>
    public QuantizedModel Quantize(WeightType type, ISampleSource samples, params ReadOnlySpan<string> keepFloat)
    {
        ArgumentNullException.ThrowIfNull(samples);
        Build(new Shape([samples.Count, .. samples.InputAxes]));
        return new QuantizedModel(layers, inputShape!, type, samples, keepFloat);
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        inputShape ??= inputs[0].With(0, Shape.Unknown);
        base.OnBuild(inputs);
    }

    internal override void BuildFor(IReadOnlyList<Shape> inputs) => Build(inputs.Count == 1
        ? inputs[0]
        : throw new EngramException($"{Name}: takes one input, got {inputs.Count}."));

    internal static Sequential ReadConfig(Configuration config)
    {
        var model = new Sequential();
        int[]? axes = FirstInput(config);
        IReadOnlyList<Layer> layers = config.Layers("layers");
        if (layers.Count > 0 && layers[0] is not Input && axes?.Length > 0) { model.Add(new Input(axes.AsSpan(1)) { BatchSize = axes[0] == Shape.Unknown ? null : axes[0] }); }
        foreach (Layer layer in layers) { model.Add(layer); }
        if (layers.Count == 0) { throw new EngramException($"{config.Owner}: the list of layers is empty; expected at least one."); }
        config.Ignore("build_input_shape");
        return model;
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        Layer first = input ?? new Input((inputShape ?? throw new EngramException($"{Name} has no weights yet; build it first.")).Axes[1..]);
        if (!first.HasName) { first.Name = "input_layer"; }
        config.Set("layers", [first, .. layers]);
        config.SetAxes("build_input_shape", inputShape!);
    }

    // Where there is no layer of its own for the input, its shape stands with the first layer, or with the model.
    private static int[]? FirstInput(Configuration config)
    {
        JsonObject? first = config.Json["layers"] is JsonArray { Count: > 0 } entries && entries[0] is JsonObject entry ? entry["config"] as JsonObject : null;
        if (first?["batch_input_shape"] is JsonArray) { return new Configuration(config.Owner, first, config.Types).Axes("batch_input_shape"); }
        return config.Json["build_input_shape"] is JsonArray ? config.Axes("build_input_shape") : null;
    }

    private static Shape Next(Layer layer, Shape input)
    {
        IReadOnlyList<Shape> outputs = layer.OutputShapes([input]);
        return outputs.Count == 1
            ? outputs[0]
            : throw new EngramException($"{layer.Name}: has {outputs.Count} outputs, but a chain passes on one; turn ReturnState off.");
    }

    private EngramException WrongShape(Shape shape) => new($"{Name}: expected an input of shape {inputShape}, got {shape}.");
}
