using Engram.Layers;

namespace Engram.Models;

/// <summary>
/// A model that is a graph of layers, with any number of inputs and outputs: layers may be shared, read from several others, skip some, and be
/// models themselves.
/// <code>
/// var words = new Input(timeSteps: Shape.Unknown, features: 8) { Name = "words" };
/// SymbolicTensor read = new Lstm(32).Apply(words);
/// SymbolicTensor topic = new Dense(5) { Name = "topic", Activation = Activations.Softmax }.Apply(read);
/// SymbolicTensor length = new Dense(1) { Name = "length" }.Apply(read);
/// var model = new Model(inputs: [words], outputs: [topic, length]);
/// model.Compile(new Adam(),
///     new OutputLoss("topic", Loss.CategoricalCrossentropy()) { Metrics = [Metrics.Accuracy()] },
///     new OutputLoss("length", Loss.MeanSquaredError) { Weight = 0.1 });
/// </code>
/// Layers without a name are named after their kind in the order in which the graph was written down. A model shares the weights of its
/// layers with every other model of the same layers.
/// </summary>
public sealed class Model : Network
{
    private readonly SymbolicTensor[] inputs;
    private readonly SymbolicTensor[] outputs;
    private readonly GraphBuilder built;
    private readonly string[] outputNames;

    /// <summary>Creates the model of all layers between inputs and outputs.</summary>
    /// <param name="inputs">Where data go in; each made by <see cref="Input"/>.</param>
    /// <param name="outputs">What comes out.</param>
    /// <exception cref="EngramException">
    /// An output depends on an input that is not named, an input leads nowhere, or two layers have one name.
    /// </exception>
    public Model(ReadOnlySpan<SymbolicTensor> inputs, ReadOnlySpan<SymbolicTensor> outputs) : this(inputs, outputs, null) { }

    internal Model(ReadOnlySpan<SymbolicTensor> inputs, ReadOnlySpan<SymbolicTensor> outputs, GraphNotes? notes)
    {
        Notes = notes;
        this.inputs = inputs.ToArray();
        this.outputs = outputs.ToArray();
        foreach (SymbolicTensor tensor in this.inputs) { ArgumentNullException.ThrowIfNull(tensor, nameof(inputs)); }
        foreach (SymbolicTensor tensor in this.outputs) { ArgumentNullException.ThrowIfNull(tensor, nameof(outputs)); }
        built = new GraphBuilder(this.inputs, this.outputs);
        Layers = notes is null ? built.Layers : InOrder(built.Layers, notes.Order);
        InputShapes = [.. this.inputs.Select(input => input.Shape)];
        InputNames = [.. this.inputs.Select(input => input.Layer.Name)];
        outputNames = new string[this.outputs.Length];
        for (int i = 0; i < outputNames.Length; i++)
        {
            string name = this.outputs[i].Layer.Name, unique = name;
            for (int number = 1; outputNames.AsSpan(0, i).Contains(unique); number++) { unique = $"{name}_{number}"; }
            outputNames[i] = unique;
        }
    }

    /// <summary>Where data go in.</summary>
    public IReadOnlyList<SymbolicTensor> Inputs => inputs;

    /// <summary>What comes out.</summary>
    public IReadOnlyList<SymbolicTensor> Outputs => outputs;

    /// <inheritdoc/>
    public override IReadOnlyList<Layer> Layers { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> InputNames { get; }

    /// <summary>The names of the outputs, in order: those of their layers, numbered where one layer puts out several.</summary>
    public override IReadOnlyList<string> OutputNames => outputNames;

    /// <inheritdoc/>
    public override string Kind => "Functional";

    private protected override string DefaultName => "functional";

    private protected override string KerasModule => "keras.src.models.functional";

    internal override string RegisteredName => "Functional";

    /// <summary>What the file that the model was read from says beyond layers and uses; null for a model that was not.</summary>
    internal GraphNotes? Notes { get; }

    internal override Graph Graph => built.Graph;

    internal override IReadOnlyList<Shape> InputShapes { get; }

    /// <summary>The uses of layers, inputs included.</summary>
    internal IReadOnlyList<LayerUse> Uses => built.Uses;

    /// <summary>Whether the graph is a chain, which a summary shows as one.</summary>
    internal bool IsChain => built.IsChain;

    /// <summary>A layer by its name.</summary>
    /// <exception cref="EngramException">There is none of that name; the message lists those there are.</exception>
    public Layer this[string name] => Layers.FirstOrDefault(layer => layer.Name == name)
        ?? throw new EngramException($"{Name} has no layer named {name}; it has {string.Join(", ", Layers.Select(layer => layer.Name))}.");

    /// <summary>Creates the weights. Called by itself at the first use; needed only to see weights before that.</summary>
    public void Build()
    {
        if (!IsBuilt) { Build(InputShapes, new RandomKey(Seed).Derive("weights")); }
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => OutputShapes([input])[0];

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        Require(inputs);
        return Graph.Infer(inputs);
    }

    internal override void BuildFor(IReadOnlyList<Shape> inputs)
    {
        Require(inputs);
        Build();
    }

    internal static Model ReadConfig(Configuration config) => GraphReader.Read(config);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config) => GraphWriter.Write(this, config);

    // The order of the file is that in which Keras numbers the weights, and operations that only it has count in it.
    private static Layer[] InOrder(IReadOnlyList<Layer> layers, IReadOnlyList<string> order)
    {
        Dictionary<string, Layer> byName = layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        return [.. order.Where(byName.ContainsKey).Select(name => byName[name])];
    }

    private void Require(IReadOnlyList<Shape> shapes)
    {
        if (shapes.Count != inputs.Length)
        {
            throw new EngramException($"{Name}: has {inputs.Length} inputs ({string.Join(", ", InputNames)}), got {shapes.Count}.");
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            if (!InputShapes[i].Accepts(shapes[i].Axes))
            {
                throw new EngramException($"{Name}: expected for the input {InputNames[i]} the shape {InputShapes[i]}, got {shapes[i]}.");
            }
        }
    }
}
