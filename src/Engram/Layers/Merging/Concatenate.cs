namespace Engram.Layers;

/// <summary>
/// Puts its inputs side by side along an axis: all other axes have the same length. Masks are put one after the other where the axis is
/// time; elsewhere a step is data where it is data in any input, an input without a mask counting as data.
/// </summary>
public sealed class Concatenate : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="axis">The axis along which inputs stand side by side; a negative one counts from the end. Default the last.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis is that of the batch.</exception>
    public Concatenate(int axis = -1) => Axis = axis != 0
        ? axis
        : throw new ArgumentOutOfRangeException(nameof(axis), axis, "Axis 0 is that of the batch.");

    /// <summary>The axis along which inputs stand side by side.</summary>
    public int Axis { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => OutputShapes([input])[0];

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count == 0) { throw new EngramException($"{DisplayName}: expected at least one input, got none."); }
        int axis = AxisNumbers.Resolve(Axis, inputs[0].Rank, this);
        int total = 0;
        Shape output = inputs[0];
        foreach (Shape input in inputs)
        {
            bool fits = input.Rank == output.Rank;
            for (int i = 0; fits && i < input.Rank; i++)
            {
                if (i == axis || input[i] == Shape.Unknown) { continue; }
                if (output[i] == Shape.Unknown) { output = output.With(i, input[i]); }
                fits = input[i] == output[i];
            }

            if (!fits)
            {
                throw new EngramException($"{DisplayName}: expected inputs that differ on axis {axis} alone, got {string.Join(" and ", inputs)}.");
            }

            total = total == Shape.Unknown || input[axis] == Shape.Unknown ? Shape.Unknown : checked(total + input[axis]);
        }

        return [output.With(axis, total)];
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        int at = 0;
        for (int k = 0; k < call.Inputs.Count; k++)
        {
            TensorBuffer x = call.Inputs[k];
            (int blocks, int length, int row) = Blocks(call, x);
            for (int i = 0; i < blocks; i++) { x.Span.Slice(i * length, length).CopyTo(call.Output.Span[((i * row) + at)..]); }
            at += length;
        }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        int at = 0;
        for (int k = 0; k < call.Inputs.Count; k++)
        {
            (int blocks, int length, int row) = Blocks(call, call.Inputs[k]);
            if (call.InputGradients[k] is { } dx)
            {
                for (int i = 0; i < blocks; i++) { call.OutputGradient.Span.Slice((i * row) + at, length).CopyTo(dx.Span[(i * length)..]); }
            }

            at += length;
        }
    }

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output)
    {
        bool any = false;
        for (int k = 0; k < call.Inputs.Count; k++) { any |= call.MaskOf(k) is not null; }
        if (!any || call.Output.Rank < 3) { return null; }

        int axis = AxisNumbers.Resolve(Axis, call.Output.Rank, this);
        Mask mask = call.Saved<KeptMask>().Mask;
        mask.Resize(call.Output[0], call.Output[1]);
        mask.Span.Clear();
        int first = 0;
        for (int k = 0; k < call.Inputs.Count; k++)
        {
            int steps = call.Inputs[k][1];
            for (int i = 0; i < mask.Rows * steps; i++)
            {
                (int row, int t) = Math.DivRem(i, steps);
                if (call.MaskOf(k) is not { } given || given[row, t]) { mask.Span[(row * mask.TimeSteps) + first + t] = 1; }
            }

            first += axis == 1 ? steps : 0;
        }

        return mask;
    }

    // What lies before the axis, how much of an input lies together, and how much of the output.
    private (int Blocks, int Length, int Row) Blocks(LayerCall call, TensorBuffer x)
    {
        int axis = AxisNumbers.Resolve(Axis, x.Rank, this);
        int blocks = 1;
        for (int i = 0; i < axis; i++) { blocks *= x[i]; }
        return blocks == 0 ? (0, 0, 0) : (blocks, x.Length / blocks, call.Output.Length / blocks);
    }

    internal static Concatenate ReadConfig(Configuration config) => new(config.Int32("axis", -1));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("axis", Axis);
    }
}
