namespace Engram.Layers;

/// <summary>
/// What all layers share that carry states from step to step through a sequence: <see cref="Recurrent"/> ones and <see cref="Rnn"/>.
/// Inputs: the sequence (batch, time, features) and, optionally, the initial states. Outputs: the last step (batch, width) or all steps
/// (batch, time, width) and, with <see cref="ReturnState"/>, the states after the last step.
/// </summary>
public abstract class SequenceLayer : Layer
{
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
    }

    private protected SequenceLayer(SequenceLayer other)
    {
        Rest = other.Rest;
        ActivityRegularizer = other.ActivityRegularizer;
        Options = other.Options;
    }

    /// <summary>Whether the output has every step instead of the last only. Default false.</summary>
    public bool ReturnSequences { get; init; }

    /// <summary>Whether the states after the last step are outputs too. Default false.</summary>
    public bool ReturnState { get; init; }

    /// <summary>
    /// Whether the sequence is read from its end; the output then begins with what came of the last step. Default false.
    /// </summary>
    public bool GoBackwards { get; init; }

    /// <summary>
    /// Whether the states after a batch are those before the next: row n continues row n. See <see cref="ResetState"/>. Default false.
    /// </summary>
    public bool Stateful { get; init; }

    /// <summary>Whether a masked step puts out zero instead of the output of the step before it. Default false.</summary>
    public bool ZeroOutputForMask { get; init; }

    /// <summary>The width of each state that goes from step to step: two for an LSTM (h and c).</summary>
    public IReadOnlyList<int> StateWidths => stateWidths ??= WidthsOfStates();

    /// <summary>How many states go from step to step: 2 for an LSTM (h and c), 1 for a GRU.</summary>
    public int StateCount => StateWidths.Count;

    /// <summary>The width of a step's output.</summary>
    public abstract int OutputWidth { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <summary>All options of a sequence at once.</summary>
    internal SequenceOptions Options
    {
        get => new(ReturnSequences, ReturnState, GoBackwards, Stateful, ZeroOutputForMask);
        init => (ReturnSequences, ReturnState, GoBackwards, Stateful, ZeroOutputForMask) = value;
    }

    /// <summary>Forgets the states that a <see cref="Stateful"/> layer carries from batch to batch.</summary>
    public abstract void ResetState();

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

        Shape[] states = [.. StateWidths.Select(width => new Shape(inputs[0][0], width))];
        for (int i = 1; i < inputs.Count; i++)
        {
            if (!states[i - 1].Accepts(inputs[i].Axes)) { throw ShapeError($"an initial state of shape {states[i - 1]}", inputs[i]); }
        }

        return ReturnState ? [output, .. states] : [output];
    }

    /// <summary>The number of features that the weights are for, or null before there are weights.</summary>
    private protected abstract int? BuiltFeatures { get; }

    private protected abstract int[] WidthsOfStates();

    /// <summary>The same layer, without weights, with other options of the sequence.</summary>
    internal abstract SequenceLayer Clone(SequenceOptions options);

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
