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

    /// <summary>The shape of the input, batch axis first, or null while it is unknown.</summary>
    public Shape? InputShape => inputShape;

    /// <inheritdoc/>
    public override IReadOnlyList<string> InputNames { get; } = ["x"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> OutputNames => [layers.Count > 0 ? layers[^1].Name : "x"];

    /// <inheritdoc/>
    public override string Kind => "Sequential";

    private protected override string DefaultName => "sequential";

    internal override Graph Graph => graph ??= Graph.Chain(layers);

    internal override IReadOnlyList<Shape>? InputShapes => inputShape is null ? null : [inputShape];

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
        return new LstmSession(layers, inputShape!.Last, rows);
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

    private static Shape Next(Layer layer, Shape input)
    {
        IReadOnlyList<Shape> outputs = layer.OutputShapes([input]);
        return outputs.Count == 1
            ? outputs[0]
            : throw new EngramException($"{layer.Name}: has {outputs.Count} outputs, but a chain passes on one; turn ReturnState off.");
    }

    private EngramException WrongShape(Shape shape) => new($"{Name}: expected an input of shape {inputShape}, got {shape}.");
}
