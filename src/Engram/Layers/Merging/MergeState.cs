namespace Engram.Layers;

/// <summary>The inputs of a merging layer brought to the output's shape, kept from forward to backward.</summary>
internal sealed class MergeState
{
    private readonly List<TensorBuffer> prepared = [];
    private readonly List<TensorBuffer> copies = [];
    private readonly Mask union = new(0, 0);
    private int[] axes = [];

    /// <summary>The inputs in the output's shape, padded steps replaced by what does not count.</summary>
    public IReadOnlyList<TensorBuffer> Prepared => prepared;

    /// <summary>Brings all inputs to the output's shape.</summary>
    public void Prepare(LayerCall call, float? neutral, bool firstWhereAllArePadded)
    {
        prepared.Clear();
        for (int i = 0; i < call.Inputs.Count; i++)
        {
            if (copies.Count == i) { copies.Add(new TensorBuffer(0)); }
            TensorBuffer input = call.Inputs[i];
            bool replaces = neutral is not null && call.MaskOf(i) is not null;
            if (input.Length == call.Output.Length && !replaces)
            {
                prepared.Add(input);
                continue;
            }

            TensorBuffer copy = copies[i];
            copy.Resize(call.Output.Axes);
            Broadcasting.Expand(input.Span, AxesOf(call, i), copy.Span, call.Output.Axes);
            if (replaces) { FillPadded(call, i, copy, neutral!.Value, firstWhereAllArePadded); }
            prepared.Add(copy);
        }
    }

    /// <summary>No gradient goes to padded steps whose values were replaced.</summary>
    public static void ClearPadded(LayerCall call, int input, TensorBuffer gradient, float? neutral, bool firstWhereAllArePadded)
    {
        if (neutral is not null && call.MaskOf(input) is not null) { FillPadded(call, input, gradient, 0, firstWhereAllArePadded); }
    }

    /// <summary>The lengths of an input's axes, with axes of length 1 put in after the batch up to the output's rank.</summary>
    public ReadOnlySpan<int> AxesOf(LayerCall call, int input)
    {
        TensorBuffer x = call.Inputs[input];
        int rank = call.Output.Rank;
        if (axes.Length != rank) { axes = new int[rank]; }
        axes.AsSpan().Fill(1);
        axes[0] = x[0];
        for (int i = 1; i < x.Rank; i++) { axes[rank - x.Rank + i] = x[i]; }
        return axes;
    }

    /// <summary>The steps that are data in any input; null where an input has no mask.</summary>
    public Mask? Union(LayerCall call)
    {
        int steps = 0;
        for (int i = 0; i < call.Inputs.Count; i++)
        {
            if (call.MaskOf(i) is not { } mask) { return null; }
            steps = Math.Max(steps, mask.TimeSteps);
        }

        union.Resize(call.Inputs[0][0], steps);
        for (int row = 0; row < union.Rows; row++)
        {
            for (int t = 0; t < steps; t++) { union.Span[(row * steps) + t] = AnyData(call, row, t) ? (byte)1 : (byte)0; }
        }

        return union;
    }

    /// <summary>Whether a step is data in any input; an input without a mask has nothing but data.</summary>
    public static bool AnyData(LayerCall call, int row, int step)
    {
        for (int i = 0; i < call.Inputs.Count; i++)
        {
            if (call.MaskOf(i) is not { } mask || IsData(mask, row, step)) { return true; }
        }

        return false;
    }

    // A mask of one step stands for all.
    private static bool IsData(Mask mask, int row, int step) => mask[row, mask.TimeSteps == 1 ? 0 : step];

    private static void FillPadded(LayerCall call, int input, TensorBuffer array, float value, bool firstWhereAllArePadded)
    {
        Mask mask = call.MaskOf(input)!;
        TensorBuffer y = call.Output;
        if (y.Rank < 3 || (mask.TimeSteps != 1 && mask.TimeSteps != y[1]))
        {
            throw new EngramException($"{call.Layer.DisplayName}: a mask of {mask.TimeSteps} steps does not fit an output of the shape {Shape.Format(y.Axes)}.");
        }

        int steps = y[1];
        int step = y.Length / (y[0] * steps);
        for (int i = 0; i < y[0] * steps; i++)
        {
            (int row, int t) = Math.DivRem(i, steps);
            if (IsData(mask, row, t) || (input == 0 && firstWhereAllArePadded && !AnyData(call, row, t))) { continue; }
            array.Span.Slice(i * step, step).Fill(value);
        }
    }
}
