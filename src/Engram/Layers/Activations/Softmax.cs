namespace Engram.Layers;

/// <summary>
/// Shares along some axes: y_k = exp(x_k) / Σ exp(x_j), dx = y (dy - Σ dy_j y_j). Input and output have the same shape. Where there is a mask,
/// which takes an input (batch, places), padded places have no share.
/// </summary>
public sealed class Softmax : Layer
{
    // What Keras puts in place of a padded input.
    private const float Masked = -1e9f;

    private int[] axes = [-1];

    /// <summary>The axes along which shares add up to 1; negative ones count from the end. Default the last.</summary>
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
    /// <exception cref="EngramException">There is a mask, and the input is not (batch, places).</exception>
    protected internal override void Forward(LayerCall call)
    {
        RowOrder order = call.Saved<RowOrder>();
        order.Prepare(call.Input, axes, this);
        TensorBuffer x = call.Input;
        if (call.Mask is { } mask)
        {
            if (x.Rank != 2 || mask.TimeSteps != x[1]) { throw ShapeError($"(batch, {mask.TimeSteps}) with the mask", new Shape(x.Axes)); }
            TensorBuffer masked = call.Scratch(0, x.Axes);
            masked.CopyFrom(x.Span);
            Fill(mask, masked, Masked);
            x = masked;
        }

        TensorBuffer y = order.Target(call, 1, call.Output);
        Activations.Softmax.Forward(order.Read(call, 2, x).Span, y.Span, order.Length);
        order.Write(y, call.Output);
        if (call.Mask is not null) { Fill(call.Mask, call.Output, 0); }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        RowOrder order = call.Saved<RowOrder>();
        TensorBuffer y = order.Read(call, 1, call.Output);
        TensorBuffer dy = order.Read(call, 2, call.OutputGradient);
        TensorBuffer rows = order.Target(call, 3, dx);
        Activations.Softmax.Backward([], y.Span, dy.Span, rows.Span, order.Length);
        order.Write(rows, dx);
    }

    private static void Fill(Mask mask, TensorBuffer array, float value)
    {
        for (int i = 0; i < array.Length; i++)
        {
            if (mask.Span[i] == 0) { array.Span[i] = value; }
        }
    }

    internal static Softmax ReadConfig(Configuration config) => new() { Axes = config.Has("axis") ? config.Int32s("axis") : [-1] };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        if (axes.Length == 1) { config.Set("axis", axes[0]); }
        else { config.Set("axis", axes); }
    }
}
