using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>
/// A function from arrays to arrays with weights that can be learnt. A layer states its forward pass and, next to it, its
/// backward pass; it keeps nothing about a batch itself: whatever backward needs is kept in the <see cref="LayerCall"/>.
/// A layer of one's own derives from this class and implements <see cref="OutputShape"/>, <see cref="Forward"/> and
/// <see cref="Backward"/>; <c>GradientCheck</c> tells whether the two agree.
/// </summary>
public abstract class Layer
{
    private List<Weight> weights = [];
    private Shape[]? builtFor;
    private RandomKey initialization;
    private string name = "";
    private int uses;
    private protected JsonObject? Rest { get; set; }

    /// <summary>The layer's name; the model gives one (<c>lstm</c>, <c>lstm_1</c>, ...) when none is set.</summary>
    public string Name
    {
        get => name.Length > 0 ? name : DefaultName;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            name = value;
        }
    }

    /// <summary>Whether a name was given, by whoever uses the layer or by the model it is in.</summary>
    internal bool HasName => name.Length > 0;

    private protected virtual string DefaultName => "";

    /// <summary>The name of the kind of layer as Keras writes it in a summary, for example <c>LSTM</c>.</summary>
    public virtual string Kind => GetType().Name;

    /// <summary>The Python module in which Keras has the layer; a layer that Keras lacks has none.</summary>
    private protected virtual string? KerasModule => "keras.layers";

    /// <summary>Where Keras finds the class: in its own modules, or nowhere and says so.</summary>
    internal string Module => (GetType().Assembly == typeof(Layer).Assembly ? KerasModule : null) ?? "engram";

    /// <summary>The name under which a class of one's own would be registered with Keras; null for Keras' own.</summary>
    internal virtual string? RegisteredName => Module == "engram" ? $"Engram>{Kind}" : null;

    /// <summary>Whether training changes the layer's weights. Default true.</summary>
    public virtual bool Trainable { get; set; } = true;

    /// <summary>A penalty on the layer's outputs that is added to the loss, or null. Default null.</summary>
    public Regularizer? ActivityRegularizer { get; init; }

    /// <summary>Whether the weights exist.</summary>
    public bool IsBuilt => builtFor is not null;

    /// <summary>The shapes of the inputs that the weights were made for, or null before that.</summary>
    internal IReadOnlyList<Shape>? BuiltShapes => builtFor;

    /// <summary>The weights, in Keras' order; those of inner layers included. Empty before the layer is built.</summary>
    public virtual IReadOnlyList<Weight> Weights => weights;

    /// <summary>Whether the layer knows what to do with padded steps. One that does not drops the mask.</summary>
    public virtual bool SupportsMasking => false;

    /// <summary>The layers inside this one; empty for most.</summary>
    public virtual IReadOnlyList<Layer> InnerLayers => [];

    /// <summary>The calls of the layers inside, after <see cref="Forward"/>.</summary>
    internal virtual IEnumerable<LayerCall> InnerCalls(LayerCall call) => [];

    /// <summary>The number of numbers in all weights.</summary>
    public long ParameterCount
    {
        get
        {
            long count = 0;
            foreach (Weight weight in Weights) { count += weight.Value.Length; }
            return count;
        }
    }

    /// <summary>Creates the weights for the given input shapes (batch axis first). Does nothing when they exist and fit.</summary>
    /// <param name="inputs">The shape of each input; axes may be unknown where the layer allows it.</param>
    /// <param name="key">The key from which the initial values are drawn.</param>
    /// <exception cref="EngramException">The shapes do not fit the layer, or it was built for others.</exception>
    public void Build(IReadOnlyList<Shape> inputs, RandomKey key)
    {
        if (builtFor is not null)
        {
            if (inputs.Count < 1 || !BuiltShapesAccept(inputs))
            {
                throw new EngramException($"{DisplayName}: was built for {builtFor[0]} and cannot be used for {(inputs.Count > 0 ? inputs[0] : "no input")}.");
            }

            return;
        }

        initialization = key;
        OutputShapes(inputs);
        OnBuild(inputs);
        builtFor = [.. inputs];
    }

    /// <summary>The key that <see cref="Build"/> was given, for layers that build layers inside them.</summary>
    protected RandomKey InitializationKey => initialization;

    /// <summary>The name for error messages: the layer's own, or its kind while it has none.</summary>
    public string DisplayName => Name.Length > 0 ? Name : Kind;

    /// <summary>The shapes of all outputs for given inputs (batch axis first). Most layers have one output.</summary>
    public virtual IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs) => [OutputShape(inputs[0])];

    /// <summary>The shape of the output for an input (batch axis first).</summary>
    /// <exception cref="EngramException">The input does not fit the layer.</exception>
    public abstract Shape OutputShape(Shape input);

    /// <summary>Creates the weights with <see cref="AddWeight"/>; a layer without weights need not override it.</summary>
    protected virtual void OnBuild(IReadOnlyList<Shape> inputs) { }

    /// <summary>Computes <see cref="LayerCall.Outputs"/> (already of the right shape, contents undefined) from the inputs.</summary>
    protected internal abstract void Forward(LayerCall call);

    /// <summary>
    /// From <see cref="LayerCall.OutputGradients"/>: overwrites each <see cref="LayerCall.InputGradients"/> that is not null and
    /// <em>adds</em> to the gradient of each weight.
    /// </summary>
    protected internal abstract void Backward(LayerCall call);

    /// <summary>The mask that goes on with an output; by default the first input's with the first output, where the layer supports masks.</summary>
    /// <param name="call">The call, after forward.</param>
    /// <param name="output">Which output: 0, 1, ...</param>
    protected internal virtual Mask? OutputMask(LayerCall call, int output) => SupportsMasking && output == 0 ? call.Mask : null;

    /// <summary>Uses the layer in the graph of a <see cref="Models.Model"/>: says what it computes its output from. Nothing is computed yet.</summary>
    /// <param name="inputs">What goes in; a recurrent layer takes its initial states after the sequence.</param>
    /// <returns>The output. A layer that is used again shares its weights between its uses.</returns>
    /// <exception cref="EngramException">The shapes do not fit the layer, or it has several outputs.</exception>
    public SymbolicTensor Apply(params ReadOnlySpan<SymbolicTensor> inputs)
    {
        IReadOnlyList<SymbolicTensor> outputs = ApplyAll(inputs);
        return outputs.Count == 1
            ? outputs[0]
            : throw new EngramException($"{DisplayName}: has {outputs.Count} outputs; take them with ApplyAll.");
    }

    /// <summary>As <see cref="Apply"/>, for a layer with several outputs, for example one that returns its states.</summary>
    /// <param name="inputs">What goes in.</param>
    /// <returns>All outputs; <c>var (y, h, c) = lstm.ApplyAll(x);</c> takes them apart.</returns>
    /// <exception cref="EngramException">The shapes do not fit the layer.</exception>
    public IReadOnlyList<SymbolicTensor> ApplyAll(params ReadOnlySpan<SymbolicTensor> inputs)
    {
        if (this is Input) { throw new EngramException($"{DisplayName}: is where a graph begins and is applied to nothing; use it as the input of other layers."); }
        if (inputs.Length == 0) { throw new EngramException($"{DisplayName}: is applied to nothing; name what goes in."); }
        return new LayerUse(this, uses++, inputs).Outputs;
    }

    /// <summary>
    /// Writes the options under the names that Keras gives them. A layer of one's own overrides it, calls the base, and adds its own;
    /// <see cref="LayerTypes.With"/> tells how it is created from them again.
    /// </summary>
    protected internal virtual void WriteConfig(Configuration config)
    {
        config.Set("name", Name);
        config.Set("trainable", Trainable);
        config.Json["dtype"] = SerializedObject.Write("keras", "DTypePolicy", new JsonObject { ["name"] = "float32" });
    }

    /// <summary>The options as Keras writes them; <see cref="LayerTypes.Create(string, JsonObject)"/> makes the layer again.</summary>
    /// <exception cref="EngramException">An option has no form in a configuration, for example an activation of one's own making.</exception>
    public JsonObject GetConfig() => Configuration.Written(WriteConfig, Rest);

    /// <summary>
    /// Writes the options that Keras has as arguments of a layer's call, not of the layer, where they differ from their defaults; a layer is
    /// created from both together.
    /// </summary>
    internal virtual void WriteCallArguments(Configuration arguments) { }

    /// <summary>Reads what every layer has, and makes sure that no option is left over.</summary>
    internal void ReadCommon(Configuration config)
    {
        Name = config.Text("name") ?? "";
        bool trainable = config.Boolean("trainable", true);
        if (!trainable) { Trainable = false; }
        if (ActivityRegularizer is null) { config.Only("activity_regularizer", "null"); }
        Rest = config.Rest();
    }

    /// <summary>Creates a weight and draws its initial value.</summary>
    /// <param name="name">Its name within the layer.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="initializer">Where the initial value comes from.</param>
    /// <param name="regularizer">A penalty on it, or null.</param>
    /// <param name="constraint">What is enforced on it after each update, or null.</param>
    /// <param name="trainable">Whether gradients change it.</param>
    protected Weight AddWeight(
        string name, ReadOnlySpan<int> shape, Initializer initializer,
        Regularizer? regularizer = null, Constraint? constraint = null, bool trainable = true)
    {
        WeightBudget.Current?.Take(this, name, shape);
        var weight = new Weight(name, shape, trainable, regularizer, constraint);
        if (!initialization.IsUnused) { initializer.Fill(weight.Value.Span, shape, initialization.Derive(name)); }
        weights.Add(weight);
        return weight;
    }

    /// <summary>The same layer as it was before it was built: the same options, no weights.</summary>
    private protected Layer CopyUnbuilt()
    {
        var copy = (Layer)MemberwiseClone();
        copy.weights = [];
        copy.builtFor = null;
        return copy;
    }

    /// <summary>Makes this layer, not built, a second use of another's weights.</summary>
    private protected void UseWeightsOf(Layer other)
    {
        weights.AddRange(other.weights);
        builtFor = other.builtFor;
    }

    private protected static T Required<T>(T? value, string option) where T : class => value ?? throw new ArgumentNullException(option);

    /// <summary>An error about this layer: its name, what it expected and what came.</summary>
    protected EngramException ShapeError(string expected, Shape actual) => new($"{DisplayName}: expected {expected}, got {actual}.");

    // Every axis but batch and time belongs to the weights' shapes; a different number of steps is no reason to refuse.
    private bool BuiltShapesAccept(IReadOnlyList<Shape> inputs) => inputs[0].Rank == builtFor![0].Rank
        && (inputs[0].Last == builtFor[0].Last || builtFor[0].Last == Shape.Unknown || weights.Count == 0);
}
