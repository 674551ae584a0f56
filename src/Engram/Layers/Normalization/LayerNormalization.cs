namespace Engram.Layers;

/// <summary>
/// Brings each sample to mean 0 and variance 1 along some axes, then scales and shifts (Ba, Kiros and Hinton 2016, "Layer normalization"):
/// <code>
/// x̂ = (x - mean(x)) / √(variance(x) + ε)   y = γ x̂ + β
/// </code>
/// Input and output have the same shape; γ and β have the lengths of the axes.
/// </summary>
public sealed class LayerNormalization : ScaledNormalization
{
    private int[] axes = [-1];

    /// <summary>Creates the layer.</summary>
    public LayerNormalization() { }

    private LayerNormalization(Configuration config) : base(config)
    {
        Axes = config.Has("axis") ? config.Int32s("axis") : [-1];
        RmsScaling = config.Boolean("rms_scaling", false);
    }

    /// <summary>The axes along which mean and variance are taken; negative ones count from the end. Default the last.</summary>
    /// <exception cref="ArgumentException">No axis is named.</exception>
    public IReadOnlyList<int> Axes { get => axes; init => axes = AxisNumbers.Required(value, nameof(Axes)); }

    /// <summary>
    /// Whether the mean stays and no offset is learnt: y = γ x / √(variance(x) + ε). Keras keeps it for old models; what is called
    /// RMS normalisation is <see cref="RmsNormalization"/>. Default false.
    /// </summary>
    public bool RmsScaling { get; init; }

    private RowScale RowScale => RmsScaling ? RowScale.DeviationAlone : RowScale.Deviation;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        int[] inside = AxisNumbers.Resolve(axes, input.Rank, this);
        for (int i = 0; i < inside.Length; i++)
        {
            if (input[inside[i]] == Shape.Unknown && !IsBuilt) { throw ShapeError($"an input whose axis {inside[i]} has a known length", input); }
            if ((Gamma ?? Beta) is { } weight && input[inside[i]] != weight.Value[i])
            {
                throw ShapeError($"an input with {weight.Value[i]} elements along axis {inside[i]}", input);
            }
        }

        return input;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        int[] shape = [.. AxisNumbers.Resolve(axes, inputs[0].Rank, this).Select(axis => inputs[0][axis])];
        AddScaleAndOffset(shape, Scale || RmsScaling, Center && !RmsScaling);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        RowOrder order = state.Order;
        order.Prepare(call.Input, axes, this);
        TensorBuffer xHat = call.Scratch(0, order.Rows, order.Length);
        state.Rows.Forward(order.Read(call, 2, call.Input), xHat, call.Scratch(1, order.Rows, 2), order.Length, RowScale, (float)Epsilon);
        TensorBuffer y = order.Target(call, 2, call.Output);
        ApplyScale(state, xHat, y, order.Length);
        order.Write(y, call.Output);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        RowOrder order = state.Order;
        TensorBuffer xHat = call.Scratch(0, order.Rows, order.Length);
        TensorBuffer dy = order.Read(call, 2, call.OutputGradient);
        TensorBuffer g = call.Scratch(3, order.Rows, order.Length);
        BackwardScale(state, dy, xHat, g, order.Length);
        if (call.InputGradient is not { } dx) { return; }
        TensorBuffer rows = order.Target(call, 2, dx);
        state.Rows.Backward(g, xHat, call.Scratch(1, order.Rows, 2), rows, order.Length, RowScale);
        order.Write(rows, dx);
    }

    internal static LayerNormalization ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        WriteScale(config);
        config.Set("axis", axes);
        config.Set("rms_scaling", RmsScaling);
    }
}
