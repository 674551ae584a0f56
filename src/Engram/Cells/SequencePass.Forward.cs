namespace Engram.Cells;

internal sealed unsafe partial class SequencePass
{
    private void RunForward(int shard)
    {
        int first = FirstRow(shard);
        CellStep last = Step(shard, 0);
        CopyState(arrays.InitialHidden, first, last.Rows, last.HiddenBefore);
        if (cell.StateCount == 2) { CopyState(arrays.InitialCell, first, last.Rows, last.CellBefore); }
        if (arrays.Mask is not null)
        {
            FindLiveSteps(shard);
            if (!arrays.ReturnSequences) { OutputRow(first, 0, last.Rows).Clear(); }
        }

        for (int from = 0; from < arrays.TimeSteps; from += piece)
        {
            bool keepAll = arrays.Keep && !recompute;
            if (!keepAll && from > 0) { CarryStates(shard, last); }
            if (recompute && from % stretch == 0) { CopyKeptStates(shard, from / stretch, keep: true); }
            last = RunPiece(shard, from, Math.Min(arrays.TimeSteps, from + piece), keepAll ? from : 0, writeOutput: true);
        }

        StoreState(last.Hidden, arrays.FinalHidden, first, last.Rows);
        StoreState(last.Hidden, arrays.CarriedHidden, first, last.Rows);
        if (cell.StateCount == 2)
        {
            StoreState(last.Cell, arrays.FinalCell, first, last.Rows);
            StoreState(last.Cell, arrays.CarriedCell, first, last.Rows);
        }
    }

    // Computes a stretch again, from the state that was kept before it: the same steps in the same pieces, so the same bits.
    private void RunStretchAgain(int shard, int start, int end)
    {
        CopyKeptStates(shard, start / stretch, keep: false);
        for (int from = start; from < end; from += piece)
        {
            RunPiece(shard, from, Math.Min(end, from + piece), from - start, writeOutput: false);
        }
    }

    private CellStep RunPiece(int shard, int from, int to, int slot, bool writeOutput)
    {
        int first = FirstRow(shard);
        bool joinsInput = JoinsInput;
        if (joinsInput) { CopyInput(shard, from, to); }
        else { ProjectInput(shard, from, to, slot); }
        CellStep step = default;
        for (int t = from; t < to; t++)
        {
            step = Step(shard, slot + t - from);
            if (IsLive(shard, t))
            {
                if (joinsInput) { GiveInput(ref step, shard, t - from); }
                cell.MultiplyForward(step);
                Activate(step, forward: true);
            }

            if (arrays.Mask is not null) { CarryMaskedRows(first, t, step); }
            if (!writeOutput) { continue; }
            if (arrays.Mask is null) { WriteOutput(first, t, step); }
            else { WriteMaskedOutput(first, t, step); }
        }

        return step;
    }

    private void WriteOutput(int first, int t, in CellStep step)
    {
        if (!arrays.ReturnSequences && t < arrays.TimeSteps - 1) { return; }
        for (int row = 0; row < step.Rows; row++) { State(step.Hidden, row).CopyTo(OutputRow(first + row, t, 1)); }
    }

    private Span<float> State(float* states, int row) => new(states + ((nint)row * StateWidth), StateWidth);

    private Span<float> OutputRow(int row, int t, int rows) => arrays.ReturnSequences
        ? new Span<float>(arrays.Output + ((((nint)row * arrays.TimeSteps) + t) * StateWidth), rows * StateWidth)
        : new Span<float>(arrays.Output + ((nint)row * StateWidth), rows * StateWidth);

    private void CarryStates(int shard, in CellStep last)
    {
        CellStep start = Step(shard, 0);
        nint count = (nint)last.Rows * StateWidth;
        Copy(last.Hidden, start.HiddenBefore, count);
        if (cell.StateCount == 2) { Copy(last.Cell, start.CellBefore, count); }
    }

    // The states before the first step of a stretch: kept on the way forward, put back before the stretch is computed again.
    private void CopyKeptStates(int shard, int number, bool keep)
    {
        CellStep start = Step(shard, 0);
        nint count = (nint)start.Rows * StateWidth;
        nint at = (shard * keptPerShard) + (number * count);
        float* keptH = keptHidden.Pointer + at;
        Copy(keep ? start.HiddenBefore : keptH, keep ? keptH : start.HiddenBefore, count);
        if (cell.StateCount < 2) { return; }
        float* keptC = keptCellState.Pointer + at;
        Copy(keep ? start.CellBefore : keptC, keep ? keptC : start.CellBefore, count);
    }

    private void CopyState(float* source, int first, int rows, float* target)
    {
        nint count = (nint)rows * StateWidth;
        if (source is null) { new Span<float>(target, (int)count).Clear(); }
        else { Copy(source + ((nint)first * StateWidth), target, count); }
    }

    private void StoreState(float* source, float* target, int first, int rows)
    {
        if (target is not null) { Copy(source, target + ((nint)first * StateWidth), (nint)rows * StateWidth); }
    }

    private static void Copy(float* source, float* target, nint count) =>
        new ReadOnlySpan<float>(source, (int)count).CopyTo(new Span<float>(target, (int)count));
}
