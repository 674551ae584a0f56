namespace Engram.Layers;

/// <summary>
/// Brings the channels of each sample, in groups of neighbours, to mean 0 and variance 1 over all places, then scales and shifts each
/// channel (Wu and He 2018, "Group normalization"): x̂ = (x - mean) / √(variance + ε) within a group, y = γ x̂ + β.
/// Input and output: (batch, ..., channels).
/// </summary>
public sealed class GroupNormalization : ScaledNormalization
{
    // The input's axes with the channels split in two, (batch, ..., groups, channels of a group, ...), and with the groups moved
    // behind the batch: every group of a sample is a row.
    private static readonly int[] SplitOrder = [0, 2, 1, 3, 4];

    private readonly int[] channelAxis;

    /// <summary>Creates the layer.</summary>
    /// <param name="groups">The number of groups, of which the number of channels is a multiple, or -1 for groups of one channel. Default 32.</param>
    /// <param name="axis">The axis of the channels; negative ones count from the end. Default the last.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of groups is neither above 0 nor -1, or the axis is that of the batch.</exception>
    public GroupNormalization(int groups = 32, int axis = -1)
    {
        Groups = Valid(groups);
        channelAxis = [NotBatch(axis)];
    }

    private GroupNormalization(Configuration config) : base(config)
    {
        Groups = Valid(config.Int32("groups", 32));
        channelAxis = [NotBatch(config.Int32("axis", -1))];
    }

    /// <summary>The number of groups, or -1 for groups of one channel.</summary>
    public int Groups { get; }

    /// <summary>The axis of the channels.</summary>
    public int Axis => channelAxis[0];

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        int axis = ResolvedAxis(input.Rank);
        int channels = input[axis];
        if (channels == Shape.Unknown || (Groups > 0 && channels % Groups != 0))
        {
            throw ShapeError($"an input whose axis {axis} has a known length that is a multiple of the {Groups} groups", input);
        }

        if ((Gamma ?? Beta) is { } weight && channels != weight.Value.Length) { throw ShapeError($"an input with {weight.Value.Length} channels on axis {axis}", input); }
        return input;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs) => AddScaleAndOffset([inputs[0][ResolvedAxis(inputs[0].Rank)]], Scale, Center);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        state.Order.Prepare(call.Input, channelAxis, this);
        Span<int> split = stackalloc int[5];
        (int rows, int length) = Split(call.Input, split);
        TensorBuffer grouped = call.Scratch(0, rows, length);
        Transposition.Forward(call.Input.Span, split, SplitOrder, grouped.Span);
        state.Rows.Forward(grouped, grouped, call.Scratch(1, rows, 2), length, RowScale.Deviation, (float)Epsilon);
        TensorBuffer xHat = call.Scratch(2, call.Input.Axes);
        Transposition.Backward(grouped.Span, split, SplitOrder, xHat.Span);
        TensorBuffer channels = state.Order.Read(call, 3, xHat);
        TensorBuffer y = state.Order.Target(call, 4, call.Output);
        ApplyScale(state, channels, y, state.Order.Length);
        state.Order.Write(y, call.Output);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        Span<int> split = stackalloc int[5];
        (int rows, int length) = Split(call.Input, split);
        TensorBuffer channels = state.Order.Read(call, 3, call.Scratch(2, call.Input.Axes));
        TensorBuffer dy = state.Order.Read(call, 4, call.OutputGradient);
        TensorBuffer g = call.Scratch(5, call.Input.Axes);
        TensorBuffer gRows = state.Order.Target(call, 6, g);
        BackwardScale(state, dy, channels, gRows, state.Order.Length);
        if (call.InputGradient is not { } dx) { return; }
        state.Order.Write(gRows, g);
        TensorBuffer grouped = call.Scratch(7, rows, length);
        Transposition.Forward(g.Span, split, SplitOrder, grouped.Span);
        state.Rows.Backward(grouped, call.Scratch(0, rows, length), call.Scratch(1, rows, 2), grouped, length, RowScale.Deviation);
        Transposition.Backward(grouped.Span, split, SplitOrder, dx.Span);
    }

    // (batch, before, groups, channels of a group, after); the last two stay together in a row, as does what comes before.
    private (int Rows, int Length) Split(TensorBuffer x, Span<int> split)
    {
        int axis = ResolvedAxis(x.Rank);
        int groups = Groups > 0 ? Groups : x[axis];
        split.Fill(1);
        split[0] = x[0];
        for (int i = 1; i < axis; i++) { split[1] *= x[i]; }
        split[2] = groups;
        split[3] = x[axis] / groups;
        for (int i = axis + 1; i < x.Rank; i++) { split[4] *= x[i]; }
        return (split[0] * groups, split[1] * split[3] * split[4]);
    }

    private int ResolvedAxis(int rank)
    {
        int axis = AxisNumbers.Resolve(Axis, rank, this);
        return axis > 0 ? axis : throw new EngramException($"{DisplayName}: axis {Axis} of an input of {rank} axes is that of the batch; the channels need one of their own.");
    }

    private static int Valid(int groups) => groups is > 0 or -1
        ? groups
        : throw new ArgumentOutOfRangeException(nameof(groups), groups, "The number of groups must be above 0, or -1 for groups of one channel.");

    private static int NotBatch(int axis) => axis != 0
        ? axis
        : throw new ArgumentOutOfRangeException(nameof(axis), axis, "Axis 0 is that of the batch.");

    internal static GroupNormalization ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        WriteScale(config);
        config.Set("groups", Groups);
        config.Set("axis", Axis);
    }
}
