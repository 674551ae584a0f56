namespace Engram.Layers;

/// <summary>
/// What all layers share that carry states from step to step through a sequence: <see cref="Recurrent"/> ones, <see cref="MLstm"/>,
/// <see cref="ConvLstm"/> and <see cref="Rnn"/>. Inputs: the sequence (batch, time, features) and, optionally, the initial states. Outputs:
/// the last step (batch, width) or all steps (batch, time, width) and, with <see cref="ReturnState"/>, the states after the last step. A
/// <see cref="ConvLstm"/> has the axes of places before the last of each.
/// </summary>
public abstract class SequenceLayer : Layer
{
    private SequenceOptions options;
    private int[]? stateWidths;

    private protected SequenceLayer() { }

    /// <summary>Reads the options that all these layers share.</summary>
    private protected SequenceLayer(Configuration config)
    {
        ReturnSequences = config.Boolean("return_sequences", ReturnSequences);
        ReturnState = config.Boolean("return_state", ReturnState);
        GoBackwards = config.Boolean("go_backwards", GoBackwards);
        Stateful = config.Boolean("stateful", Stateful);
        ZeroOutputForMask = config.Boolean("zero_output_for_mask", ZeroOutputForMask);
        ActivityRegularizer = config.Regularizer("activity_regularizer");
    }

    /// <summary>Whether the output has every step instead of the last only. Default false.</summary>
    public bool ReturnSequences { get => options.ReturnSequences; init => options = options with { ReturnSequences = value }; }

    /// <summary>Whether the states after the last step are outputs too. Default false.</summary>
    public bool ReturnState { get => options.ReturnState; init => options = options with { ReturnState = value }; }

    /// <summary>
    /// Whether the sequence is read from its end; the output then begins with what came of the last step. Default false.
    /// </summary>
    public bool GoBackwards { get => options.GoBackwards; init => options = options with { GoBackwards = value }; }

    /// <summary>
    /// Whether the states after a batch are those before the next: row n continues row n. See <see cref="ResetState"/>. Default false.
    /// </summary>
    public bool Stateful { get => options.Stateful; init => options = options with { Stateful = value }; }

    /// <summary>Whether a masked step puts out zero instead of the output of the step before it. Default false.</summary>
    public bool ZeroOutputForMask { get => options.ZeroOutputForMask; init => options = options with { ZeroOutputForMask = value }; }

    /// <summary>The width of each state that goes from step to step: two for an LSTM (h and c).</summary>
    public IReadOnlyList<int> StateWidths => stateWidths ??= WidthsOfStates();

    /// <summary>How many states go from step to step: 2 for an LSTM (h and c), 1 for a GRU.</summary>
    public int StateCount => StateWidths.Count;

    /// <summary>The width of a step's output.</summary>
    public abstract int OutputWidth { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <summary>All options of a sequence at once.</summary>
    internal SequenceOptions Options { get => options; init => options = value; }

    /// <summary>The states that a <see cref="Stateful"/> layer carries from batch to batch, or null while there are none.</summary>
    internal TensorBuffer[]? CarriedStates { get; set; }

    /// <summary>Forgets the states that a <see cref="Stateful"/> layer carries from batch to batch.</summary>
    public virtual void ResetState() => CarriedStates = null;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        string features = BuiltFeatures is { } built ? $"features={built}" : "features";
        if (input.Rank != 3 || input.Last == Shape.Unknown || (BuiltFeatures is { } expected && input.Last != expected))
        {
            throw ShapeError($"(batch, time, {features})", input);
        }

        return input[1] == 0
            ? throw ShapeError("at least one time step", input)
            : ReturnSequences ? new Shape(input[0], input[1], OutputWidth) : new Shape(input[0], OutputWidth);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        Shape output = OutputShape(inputs[0]);
        if (inputs.Count != 1 && inputs.Count != 1 + StateCount)
        {
            throw new EngramException(
                $"{DisplayName}: expected the sequence and either no initial state or {StateCount}, got {inputs.Count - 1} initial states.");
        }

        Shape[] states = StateShapes(inputs[0]);
        for (int i = 1; i < inputs.Count; i++)
        {
            if (!states[i - 1].Accepts(inputs[i].Axes)) { throw ShapeError($"an initial state of shape {states[i - 1]}", inputs[i]); }
        }

        return ReturnState ? [output, .. states] : [output];
    }

    /// <summary>The number of features that the weights are for, or null before there are weights.</summary>
    private protected abstract int? BuiltFeatures { get; }

    private protected abstract int[] WidthsOfStates();

    /// <summary>The shape of each state for an input's.</summary>
    private protected virtual Shape[] StateShapes(Shape input) => [.. StateWidths.Select(width => new Shape(input[0], width))];

    /// <summary>The same layer, without weights, with other options of the sequence.</summary>
    internal virtual SequenceLayer Clone(SequenceOptions options)
    {
        var copy = (SequenceLayer)CopyUnbuilt();
        copy.options = options;
        copy.CarriedStates = null;
        return copy;
    }

    /// <summary>What states a <see cref="Stateful"/> layer carries, in words.</summary>
    internal virtual string ExpectedStates => $"{StateCount} of shape (rows, {string.Join(" or ", StateWidths.Distinct())})";

    /// <summary>Whether states are such as the layer carries, for any number of rows.</summary>
    internal virtual bool AcceptsStates(TensorBuffer[] states)
    {
        if (states.Length != StateCount) { return false; }
        for (int i = 0; i < states.Length; i++)
        {
            if (states[i].Rank != 2 || states[i][0] < 1 || states[i][0] != states[0][0] || states[i][1] != StateWidths[i]) { return false; }
        }

        return true;
    }

    /// <summary>
    /// The states before the first step of a batch of a <see cref="Stateful"/> layer, to be replaced by those after the last; zeros where
    /// none are carried yet. They live with the layer, so that prediction continues where the last batch ended, whoever ran it.
    /// </summary>
    private protected TensorBuffer[] CarryStates(LayerCall call)
    {
        if (CarriedStates is null)
        {
            Shape[] shapes = StateShapes(new Shape(call.Input.Axes));
            CarriedStates = new TensorBuffer[shapes.Length];
            for (int k = 0; k < shapes.Length; k++) { CarriedStates[k] = new TensorBuffer(shapes[k].Axes); }
        }

        return CarriesFor(call, CarriedStates)
            ? CarriedStates
            : throw new EngramException(
                $"{DisplayName}: is stateful and carries states of shape {Shape.Format(CarriedStates[0].Axes)}, but the batch needs {StateShapes(new Shape(call.Input.Axes))[0]}; use batches of one shape or call ResetState() first.");
    }

    /// <summary>Whether carried states are of the batch's shape.</summary>
    private protected virtual bool CarriesFor(LayerCall call, TensorBuffer[] states) => states[0][0] == call.Input[0];

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => ReturnSequences && output == 0 ? call.Mask : null;

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("return_sequences", ReturnSequences);
        config.Set("return_state", ReturnState);
        config.Set("go_backwards", GoBackwards);
        config.Set("stateful", Stateful);
        config.Set("unroll", false);
        config.Set("zero_output_for_mask", ZeroOutputForMask);
    }

    private protected static int AtLeastOne(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}

/// <summary>How a layer goes through a sequence; see <see cref="SequenceLayer"/>.</summary>
internal readonly record struct SequenceOptions(
    bool ReturnSequences, bool ReturnState, bool GoBackwards, bool Stateful, bool ZeroOutputForMask);
