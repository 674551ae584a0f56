namespace Engram.Layers;

/// <summary>
/// What layers share that make one array of several, element by element. Inputs of fewer axes get axes of length 1 after the batch; an
/// axis of length 1 stands for all places along it, and the gradients of all of them are added for it.
/// </summary>
public abstract class Merge : Layer
{
    private protected Merge() { }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <summary>What stands at padded steps of an input in place of its values, so that they do not count; null where they count as they are.</summary>
    private protected virtual float? Neutral => null;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => OutputShapes([input])[0];

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        if (inputs.Count == 0) { throw new EngramException($"{DisplayName}: expected at least one input, got none."); }
        int rank = inputs.Max(input => input.Rank);
        var axes = new int[rank];
        axes.AsSpan().Fill(1);
        axes[0] = inputs[0][0];
        foreach (Shape input in inputs)
        {
            for (int i = 0; i < input.Rank; i++)
            {
                int place = i == 0 ? 0 : rank - input.Rank + i;
                axes[place] = Common(axes[place], input[i], isBatch: i == 0) ?? throw new EngramException(
                    $"{DisplayName}: expected inputs whose axes have the same length or length 1, got {string.Join(" and ", inputs)}.");
            }
        }

        return [new Shape(axes)];
    }

    // The length along an axis of two inputs together, or null where they do not fit.
    private static int? Common(int a, int b, bool isBatch)
    {
        if (a == b) { return a; }
        if (a == Shape.Unknown || b == Shape.Unknown)
        {
            int known = Math.Max(a, b);
            return isBatch || known != 1 ? known : Shape.Unknown;
        }

        if (isBatch) { return null; }
        return a == 1 ? b : b == 1 ? a : null;
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        MergeState state = call.Saved<MergeState>();
        state.Prepare(call, Neutral, FirstWhereAllArePadded);
        Combine(state.Prepared, call.Output);
        Finish(call);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        MergeState state = call.Saved<MergeState>();
        for (int i = 0; i < call.Inputs.Count; i++)
        {
            if (call.InputGradients[i] is not { } dx) { continue; }
            TensorBuffer full = dx.Length == call.Output.Length ? dx : call.Scratch(2, call.Output.Axes);
            Differentiate(call, state.Prepared, i, full);
            MergeState.ClearPadded(call, i, full, Neutral, FirstWhereAllArePadded);
            if (full == dx) { continue; }
            dx.Clear();
            Broadcasting.AddReduced(full.Span, full.Axes, dx.Span, state.AxesOf(call, i));
        }
    }

    /// <summary>A step is data where it is data in any input; there is no mask where an input has none.</summary>
    protected internal override Mask? OutputMask(LayerCall call, int output) => call.Saved<MergeState>().Union(call);

    /// <summary>Whether a step that is padding in every input has the first input's values.</summary>
    private protected virtual bool FirstWhereAllArePadded => false;

    /// <summary>y from inputs of its shape.</summary>
    private protected abstract void Combine(IReadOnlyList<TensorBuffer> x, TensorBuffer y);

    /// <summary>Overwrites the derivative with respect to one of the inputs, of the output's shape.</summary>
    private protected abstract void Differentiate(LayerCall call, IReadOnlyList<TensorBuffer> x, int input, TensorBuffer dx);

    private protected virtual void Finish(LayerCall call) { }
}
