using Engram.Cells;

namespace Engram.Layers;

/// <summary>How <see cref="Bidirectional"/> puts the outputs of its two directions together.</summary>
public enum MergeMode
{
    /// <summary>Side by side on the last axis.</summary>
    Concat,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their product, element by element.</summary>
    Multiply,

    /// <summary>Their mean.</summary>
    Average,

    /// <summary>Not at all: two outputs, forward first.</summary>
    None,
}

/// <summary>
/// Reads a sequence in both directions with two layers of weights of their own (Schuster and Paliwal 1997, "Bidirectional recurrent
/// neural networks") and merges what they put out. With all steps returned, the backward output is turned around, so that both
/// outputs of a step belong to the same step of the input.
/// Inputs: the sequence (batch, time, features) and, optionally, the initial states of the forward and then of the backward layer,
/// (batch, units) each. Outputs: the merged output (two outputs with <see cref="MergeMode.None"/>) and, where the layer returns its
/// states, those of the forward and then of the backward layer.
/// </summary>
public sealed class Bidirectional : Layer
{
    private static readonly (string?, MergeMode)[] MergeModes =
        [("concat", MergeMode.Concat), ("sum", MergeMode.Sum), ("mul", MergeMode.Multiply), ("ave", MergeMode.Average), (null, MergeMode.None)];

    private Weight[] weights = [];

    /// <summary>Creates the layer from one or two recurrent layers, whose options are copied; their weights are not.</summary>
    /// <param name="layer">The forward layer's options.</param>
    /// <param name="backwardLayer">The backward layer's options; by default those of the forward layer in the other direction.</param>
    /// <exception cref="ArgumentException">The two layers do not return the same things, or read in the same direction.</exception>
    public Bidirectional(SequenceLayer layer, SequenceLayer? backwardLayer = null)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (backwardLayer is not null)
        {
            if (backwardLayer.GoBackwards == layer.GoBackwards)
            {
                throw new ArgumentException(
                    "The backward layer reads in the same direction as the forward layer; set its GoBackwards.", nameof(backwardLayer));
            }

            if ((backwardLayer.ReturnSequences, backwardLayer.ReturnState, backwardLayer.Stateful)
                != (layer.ReturnSequences, layer.ReturnState, layer.Stateful))
            {
                throw new ArgumentException(
                    "Both layers must have the same ReturnSequences, ReturnState and Stateful.", nameof(backwardLayer));
            }
        }

        // Padding must give zeros in both directions: an output carried on in one would meet another step's in the other.
        ForwardLayer = layer.Clone(layer.Options with { ZeroOutputForMask = layer.ReturnSequences });
        BackwardLayer = (backwardLayer ?? layer).Clone(layer.Options with { GoBackwards = !layer.GoBackwards, ZeroOutputForMask = layer.ReturnSequences });
        ForwardLayer.Name = DirectionName("forward_", layer);
        BackwardLayer.Name = backwardLayer is { Name.Length: > 0 }
            ? backwardLayer.Name
            : DirectionName("backward_", backwardLayer ?? layer);
    }

    /// <summary>How the outputs are put together. Default <see cref="Layers.MergeMode.Concat"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the five.</exception>
    public MergeMode MergeMode
    {
        get;
        init => field = value is >= MergeMode.Concat and <= MergeMode.None
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MergeMode), value, "There are Concat, Sum, Multiply, Average and None.");
    }

    /// <summary>The layer that reads forward.</summary>
    public SequenceLayer ForwardLayer { get; }

    /// <summary>The layer that reads backward.</summary>
    public SequenceLayer BackwardLayer { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Layer> InnerLayers => [ForwardLayer, BackwardLayer];

    /// <inheritdoc/>
    public override IReadOnlyList<Weight> Weights => weights;

    /// <inheritdoc/>
    public override bool Trainable
    {
        get => ForwardLayer.Trainable || BackwardLayer.Trainable;
        set => ForwardLayer.Trainable = BackwardLayer.Trainable = value;
    }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    private int MergedOutputs => MergeMode == MergeMode.None ? 2 : 1;

    private int ForwardStates => ForwardLayer.StateCount;

    /// <summary>Forgets the states that stateful layers carry from batch to batch.</summary>
    public void ResetState()
    {
        ForwardLayer.ResetState();
        BackwardLayer.ResetState();
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => OutputShapes([input])[0];

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        int states = ForwardStates + BackwardLayer.StateCount;
        if (inputs.Count != 1 && inputs.Count != 1 + states)
        {
            throw new EngramException(
                $"{DisplayName}: expected the sequence and either no initial state or {states}, got {inputs.Count - 1} initial states.");
        }

        if (inputs[0].Rank != 3) { throw ShapeError("(batch, time, features)", inputs[0]); }
        bool given = inputs.Count > 1;
        IReadOnlyList<Shape> forward = ForwardLayer.OutputShapes([inputs[0], .. given ? inputs.Skip(1).Take(ForwardStates) : []]);
        IReadOnlyList<Shape> backward = BackwardLayer.OutputShapes([inputs[0], .. given ? inputs.Skip(1 + ForwardStates) : []]);
        if (MergeMode is not (MergeMode.Concat or MergeMode.None) && forward[0].Last != backward[0].Last)
        {
            throw new EngramException(
                $"{DisplayName}: the outputs {forward[0]} and {backward[0]} of the two directions cannot be merged by {MergeMode}; they need the same number of units.");
        }

        IEnumerable<Shape> merged = MergeMode switch
        {
            MergeMode.None => [forward[0], backward[0]],
            MergeMode.Concat => [forward[0].With(^1, forward[0].Last + backward[0].Last)],
            _ => [forward[0]],
        };
        return [.. merged, .. forward.Skip(1), .. backward.Skip(1)];
    }

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => ForwardLayer.ReturnSequences && output < MergedOutputs ? call.Mask : null;

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        foreach (SequenceLayer layer in (ReadOnlySpan<SequenceLayer>)[ForwardLayer, BackwardLayer])
        {
            layer.Build([inputs[0]], InitializationKey.Derive(layer.Name));
            LayerNames.Prefix(layer);
        }

        weights = [.. ForwardLayer.Weights, .. BackwardLayer.Weights];
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        Directions inner = call.Saved<Directions>();
        LayerCall forward = inner.Prepare(call, ForwardLayer, backwards: false);
        LayerCall backward = inner.Prepare(call, BackwardLayer, backwards: true);
        inner.PassInputs(call, forward, first: 1, ForwardStates);
        inner.PassInputs(call, backward, first: 1 + ForwardStates, BackwardLayer.StateCount);
        inner.RunForward(forward, backward);
        inner.Merge.Forward(MergeMode, ForwardLayer.ReturnSequences, forward.Output, backward.Output, call.Outputs);
        if (!ForwardLayer.ReturnState) { return; }
        int at = MergedOutputs;
        for (int i = 1; i < forward.Outputs.Count; i++) { call.Outputs[at++].CopyFrom(forward.Outputs[i].Span); }
        for (int i = 1; i < backward.Outputs.Count; i++) { call.Outputs[at++].CopyFrom(backward.Outputs[i].Span); }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        Directions inner = call.Saved<Directions>();
        LayerCall forward = inner.Prepare(call, ForwardLayer, backwards: false);
        LayerCall backward = inner.Prepare(call, BackwardLayer, backwards: true);
        IReadOnlyList<TensorBuffer> dForward = forward.PrepareOutputGradients();
        IReadOnlyList<TensorBuffer> dBackward = backward.PrepareOutputGradients();
        inner.Merge.Backward(
            MergeMode, ForwardLayer.ReturnSequences, forward.Output, backward.Output, call.OutputGradients, dForward[0], dBackward[0]);
        int at = MergedOutputs;
        for (int i = 1; i < dForward.Count; i++) { dForward[i].CopyFrom(call.OutputGradients[at++].Span); }
        for (int i = 1; i < dBackward.Count; i++) { dBackward[i].CopyFrom(call.OutputGradients[at++].Span); }

        // dx is the sum of both directions' shares.
        TensorBuffer? dx = call.InputGradient;
        TensorBuffer? dxBackward = dx is null ? null : call.Scratch(0, dx.Axes);
        inner.PassGradients(call, forward, dx, first: 1, ForwardStates);
        inner.PassGradients(call, backward, dxBackward, first: 1 + ForwardStates, BackwardLayer.StateCount);
        inner.RunBackward(forward, backward);
        if (dx is not null) { inner.Merge.AddTo(dx, dxBackward!); }
    }

    internal override IEnumerable<LayerCall> InnerCalls(LayerCall call) => call.Saved<Directions>().Calls;

    private static string DirectionName(string direction, SequenceLayer layer)
    {
        string name = layer.Name.Length > 0 ? layer.Name : LayerNames.SnakeCase(layer.Kind);
        return name.StartsWith(direction, StringComparison.Ordinal) ? name : direction + name;
    }

    // The two layers' calls, and the lists of what goes into them.
    private sealed class Directions
    {
        private readonly LayerCall?[] calls = new LayerCall?[2];
        private TensorBuffer[] inputs = [];
        private TensorBuffer?[] gradients = [];

        private readonly SequencePair pair = new();

        public IEnumerable<LayerCall> Calls => calls.OfType<LayerCall>();

        public BidirectionalMerge Merge { get; } = new();

        public LayerCall Prepare(LayerCall call, SequenceLayer layer, bool backwards)
        {
            LayerCall inner = calls[backwards ? 1 : 0] ??= new LayerCall(layer);
            inner.Training = call.Training;
            inner.KeepForBackward = call.KeepForBackward;
            inner.Recompute = call.Recompute;
            inner.Random = call.Random.Derive(backwards ? 1 : 0);
            inner.Mask = call.Mask;
            return inner;
        }

        // Layers of units run at once; others one after the other.
        public void RunForward(LayerCall forward, LayerCall backward)
        {
            if (forward.Layer is Recurrent first && backward.Layer is Recurrent second)
            {
                pair.Run(first.PrepareForward(forward), second.PrepareForward(backward));
                return;
            }

            forward.Layer.Forward(forward);
            backward.Layer.Forward(backward);
        }

        public void RunBackward(LayerCall forward, LayerCall backward)
        {
            if (forward.Layer is Recurrent first && backward.Layer is Recurrent second)
            {
                SequencePass firstPass = first.PrepareBackward(forward), secondPass = second.PrepareBackward(backward);
                pair.Run(firstPass, secondPass);
                firstPass.AddWeightGradients();
                secondPass.AddWeightGradients();
                return;
            }

            forward.Layer.Backward(forward);
            backward.Layer.Backward(backward);
        }

        public void PassInputs(LayerCall call, LayerCall inner, int first, int states)
        {
            int count = call.Inputs.Count > 1 ? 1 + states : 1;
            if (inputs.Length != count) { inputs = new TensorBuffer[count]; }
            inputs[0] = call.Input;
            for (int i = 1; i < count; i++) { inputs[i] = call.Inputs[first + i - 1]; }
            inner.PrepareForward(inputs);
        }

        public void PassGradients(LayerCall call, LayerCall inner, TensorBuffer? dx, int first, int states)
        {
            int count = call.Inputs.Count > 1 ? 1 + states : 1;
            if (gradients.Length != count) { gradients = new TensorBuffer?[count]; }
            gradients[0] = dx;
            for (int i = 1; i < count; i++) { gradients[i] = call.InputGradients[first + i - 1]; }
            inner.PrepareBackward(gradients);
        }
    }

    internal static Bidirectional ReadConfig(Configuration config) => new(Direction(config, "layer")!, Direction(config, "backward_layer"))
    {
        MergeMode = config.Choice("merge_mode", MergeModes),
        ActivityRegularizer = config.Regularizer("activity_regularizer"),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("merge_mode", MergeMode, MergeModes);
        config.Set("layer", ForwardLayer);
        config.Set("backward_layer", BackwardLayer);
    }

    private static SequenceLayer? Direction(Configuration config, string name) => config.Layer(name) switch
    {
        SequenceLayer sequence => sequence,
        null when name == "backward_layer" => null,
        var other => throw new EngramException($"{config.Owner}: {name} is {other?.Kind ?? "missing"}; expected a recurrent layer."),
    };
}
