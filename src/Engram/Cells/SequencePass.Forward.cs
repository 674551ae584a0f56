using Engram.Kernels;

namespace Engram.Cells;

internal sealed unsafe partial class SequencePass
{
    private void RunForward(int shard)
    {
        int first = FirstRow(shard);
        CellStep start = Step(shard, 0);
        CopyState(arrays.InitialHidden, first, start.Rows, start.HiddenBefore);
        if (cell.StateCount == 2) { CopyState(arrays.InitialCell, first, start.Rows, start.CellBefore); }
        if (arrays.Mask is not null && !arrays.ReturnSequences) { OutputRow(first, 0, start.Rows).Clear(); }

        bool joinsInput = JoinsInput;
        CellStep last = start;
        for (int from = 0; from < arrays.TimeSteps; from += piece)
        {
            int to = Math.Min(arrays.TimeSteps, from + piece);
            int slot = arrays.Keep ? from : 0;
            if (!arrays.Keep && from > 0) { CarryStates(shard, last); }
            if (!joinsInput) { ProjectInput(shard, from, to, slot); }
            for (int t = from; t < to; t++, slot++)
            {
                last = Step(shard, slot);
                if (joinsInput) { GiveInput(ref last, first, t); }
                cell.MultiplyForward(last);
                Activate(last, forward: true);
                if (arrays.Mask is null) { WriteOutput(first, t, last); }
                else { WriteMaskedOutput(first, t, last); }
            }
        }

        StoreState(last.Hidden, arrays.FinalHidden, first, last.Rows);
        StoreState(last.Hidden, arrays.CarriedHidden, first, last.Rows);
        if (cell.StateCount == 2)
        {
            StoreState(last.Cell, arrays.FinalCell, first, last.Rows);
            StoreState(last.Cell, arrays.CarriedCell, first, last.Rows);
        }
    }

    // For a cell that multiplies its input together with its state.
    private void GiveInput(ref CellStep step, int first, int t)
    {
        nint features = arrays.Features;
        step.Input = Input(0) + ((((nint)first * arrays.TimeSteps) + arrays.TimeIndex(t)) * features);
        step.InputStride = arrays.TimeSteps * features;
        step.InputBias = inputBias.Pointer;
    }

    // gates = x W + b for the steps of a piece: by row over its steps or by step over its rows, whichever gives the taller product.
    private void ProjectInput(int shard, int from, int to, int slot)
    {
        CellStep step = Step(shard, slot);
        int first = FirstRow(shard);
        int steps = to - from;
        nint features = arrays.Features;
        nint timeStride = arrays.GoBackwards ? -features : features;
        int groups = InputGroups;
        int width = kernelWidth / groups;
        for (int group = 0; group < groups; group++)
        {
            float* x = Input(group) + ((((nint)first * arrays.TimeSteps) + arrays.TimeIndex(from)) * features);
            float* z = step.Gates + (group * width);
            float* bias = inputBias.Pointer + (group * width);
            if (steps >= step.Rows)
            {
                for (int row = 0; row < step.Rows; row++)
                {
                    Gemm.MultiplyWithBias(
                        steps, x + (row * arrays.TimeSteps * features), timeStride, kernel[group], bias,
                        z + ((nint)row * bufferWidth), (nint)step.Rows * bufferWidth);
                }
            }
            else
            {
                for (int t = 0; t < steps; t++)
                {
                    Gemm.MultiplyWithBias(
                        step.Rows, x + (t * timeStride), arrays.TimeSteps * features, kernel[group], bias,
                        z + ((nint)t * step.Rows * bufferWidth), bufferWidth);
                }
            }
        }
    }

    private void WriteOutput(int first, int t, in CellStep step)
    {
        if (!arrays.ReturnSequences && t < arrays.TimeSteps - 1) { return; }
        for (int row = 0; row < step.Rows; row++) { State(step.Hidden, row).CopyTo(OutputRow(first + row, t, 1)); }
    }

    // A masked step keeps the states; its output is the output before it (zero before the first valid step), or zero.
    private void WriteMaskedOutput(int first, int t, in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            Span<float> output = OutputRow(first + row, t, 1);
            if (arrays.Mask![first + row, arrays.TimeIndex(t)])
            {
                State(step.Hidden, row).CopyTo(output);
                continue;
            }

            State(step.HiddenBefore, row).CopyTo(State(step.Hidden, row));
            if (cell.StateCount == 2) { State(step.CellBefore, row).CopyTo(State(step.Cell, row)); }
            if (arrays.ZeroOutputForMask || t <= firstValid[first + row]) { output.Clear(); }
            else if (arrays.ReturnSequences) { OutputRow(first + row, t - 1, 1).CopyTo(output); }
        }
    }

    private Span<float> State(float* states, int row) => new(states + ((nint)row * StateWidth), StateWidth);

    private Span<float> OutputRow(int row, int t, int rows) => arrays.ReturnSequences
        ? new Span<float>(arrays.Output + ((((nint)row * arrays.TimeSteps) + t) * StateWidth), rows * StateWidth)
        : new Span<float>(arrays.Output + ((nint)row * StateWidth), rows * StateWidth);

    private void CarryStates(int shard, in CellStep last)
    {
        CellStep start = Step(shard, 0);
        int count = last.Rows * StateWidth;
        new ReadOnlySpan<float>(last.Hidden, count).CopyTo(new Span<float>(start.HiddenBefore, count));
        if (cell.StateCount == 2) { new ReadOnlySpan<float>(last.Cell, count).CopyTo(new Span<float>(start.CellBefore, count)); }
    }

    private void CopyState(float* source, int first, int rows, float* target)
    {
        var states = new Span<float>(target, rows * StateWidth);
        if (source is null) { states.Clear(); }
        else { new ReadOnlySpan<float>(source + ((nint)first * StateWidth), states.Length).CopyTo(states); }
    }

    private void StoreState(float* source, float* target, int first, int rows)
    {
        if (target is null) { return; }
        int count = rows * StateWidth;
        new ReadOnlySpan<float>(source, count).CopyTo(new Span<float>(target + ((nint)first * StateWidth), count));
    }
}
