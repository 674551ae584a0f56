namespace Engram.Layers;

/// <summary>
/// Divides each sample by its Euclidean length along some axes: y = x / √(Σ x²), where the root is at least 1e-12. Input and output
/// have the same shape.
/// </summary>
public sealed class UnitNormalization : Layer
{
    private int[] axes = [-1];

    /// <summary>The axes along which the length is taken; negative ones count from the end. Default the last.</summary>
    /// <exception cref="ArgumentException">No axis is named.</exception>
    public IReadOnlyList<int> Axes { get => axes; init => axes = AxisNumbers.Required(value, nameof(Axes)); }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        AxisNumbers.Resolve(axes, input.Rank, this);
        return input;
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        RowOrder order = state.Order;
        order.Prepare(call.Input, axes, this);
        TensorBuffer y = order.Target(call, 2, call.Output);
        state.Rows.Forward(order.Read(call, 2, call.Input), y, call.Scratch(1, order.Rows, 2), order.Length, RowScale.Length, 0);
        order.Write(y, call.Output);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        NormalizationState state = call.Saved<NormalizationState>();
        RowOrder order = state.Order;
        TensorBuffer y = order.Read(call, 0, call.Output);
        TensorBuffer rows = order.Target(call, 3, dx);
        state.Rows.Backward(order.Read(call, 2, call.OutputGradient), y, call.Scratch(1, order.Rows, 2), rows, order.Length, RowScale.Length);
        order.Write(rows, dx);
    }

    internal static UnitNormalization ReadConfig(Configuration config) => new() { Axes = config.Has("axis") ? config.Int32s("axis") : [-1] };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        if (axes.Length == 1) { config.Set("axis", axes[0]); }
        else { config.Set("axis", axes); }
    }
}
