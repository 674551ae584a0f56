namespace Engram.Layers;

/// <summary>
/// Divides each sample by the root of its mean square along some axes, then scales (Zhang and Sennrich 2019, "Root mean square layer
/// normalization"): x̂ = x / √(mean(x²) + ε), y = scale x̂. Input and output have the same shape; the scale has the lengths of the axes.
/// </summary>
public sealed class RmsNormalization : Layer
{
    private int[] axes = [-1];
    private Weight scale = null!;

    /// <summary>The axes along which the mean square is taken; negative ones count from the end. Default the last.</summary>
    /// <exception cref="ArgumentException">No axis is named.</exception>
    public IReadOnlyList<int> Axes { get => axes; init => axes = AxisNumbers.Required(value, nameof(Axes)); }

    /// <summary>What is added to the mean square, against division by zero. Default 1e-6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public double Epsilon
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Epsilon), value, "The value must be 0 or more.");
    } = 1e-6;

    /// <inheritdoc/>
    public override string Kind => "RMSNormalization";

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        int[] inside = AxisNumbers.Resolve(axes, input.Rank, this);
        for (int i = 0; i < inside.Length; i++)
        {
            if (input[inside[i]] == Shape.Unknown && !IsBuilt) { throw ShapeError($"an input whose axis {inside[i]} has a known length", input); }
            if (IsBuilt && input[inside[i]] != scale.Value[i]) { throw ShapeError($"an input with {scale.Value[i]} elements along axis {inside[i]}", input); }
        }

        return input;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        int[] shape = [.. AxisNumbers.Resolve(axes, inputs[0].Rank, this).Select(axis => inputs[0][axis])];
        scale = AddWeight("scale", shape, Initializers.Ones);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        RowOrder order = state.Order;
        order.Prepare(call.Input, axes, this);
        state.PrepareChannels(order.Length);
        TensorBuffer xHat = call.Scratch(0, order.Rows, order.Length);
        state.Rows.Forward(
            order.Read(call, 2, call.Input), xHat, call.Scratch(1, order.Rows, 2), order.Length, RowScale.RootMeanSquare, (float)Epsilon);
        TensorBuffer y = order.Target(call, 2, call.Output);
        state.Channels.Apply(xHat, state.Zeros, scale.Value, state.Zeros, y);
        order.Write(y, call.Output);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        RowOrder order = state.Order;
        TensorBuffer xHat = call.Scratch(0, order.Rows, order.Length);
        TensorBuffer dy = order.Read(call, 2, call.OutputGradient);
        state.Channels.GradientSums(dy, xHat, state.Zeros, state.Sum, state.Along);
        for (int i = 0; i < order.Length; i++) { scale.Gradient.Span[i] = (float)(scale.Gradient.Span[i] + state.Along[i]); }
        if (call.InputGradient is not { } dx) { return; }
        TensorBuffer g = call.Scratch(3, order.Rows, order.Length);
        state.Channels.Apply(dy, state.Zeros, scale.Value, state.Zeros, g);
        TensorBuffer rows = order.Target(call, 2, dx);
        state.Rows.Backward(g, xHat, call.Scratch(1, order.Rows, 2), rows, order.Length, RowScale.RootMeanSquare);
        order.Write(rows, dx);
    }

    internal static RmsNormalization ReadConfig(Configuration config) => new()
    {
        Axes = config.Has("axis") ? config.Int32s("axis") : [-1],
        Epsilon = config.Double("epsilon", 1e-6),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("axis", axes);
        config.Set("epsilon", Epsilon);
    }
}
