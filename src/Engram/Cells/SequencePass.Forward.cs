namespace Engram.Cells;

internal sealed unsafe partial class SequencePass
{
    private void RunForward(int shard)
    {
        int first = FirstRow(shard);
        CellStep last = Step(shard, 0);
        CopyState(arrays.InitialHidden, first, last.Rows, last.HiddenBefore, hiddenStride);
        CopyOthers(arrays.InitialCell, first, last.Rows, last.CellBefore);
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

        StoreState(last.Hidden, hiddenStride, arrays.FinalHidden, first, last.Rows);
        StoreState(last.Hidden, hiddenStride, arrays.CarriedHidden, first, last.Rows);
        StoreOthers(last.Cell, arrays.FinalCell, first, last.Rows);
        StoreOthers(last.Cell, arrays.CarriedCell, first, last.Rows);
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
        if (joinsInput) { JoinInput(shard, from, to, slot); }
        else { ProjectInput(shard, from, to, slot); }
        CellStep step = default;
        for (int t = from; t < to; t++)
        {
            step = Step(shard, slot + t - from);
            step.KeepsGates = arrays.Keep && !(recompute && writeOutput); // gates that are computed again are not kept the first time
            if (IsLive(shard, t))
            {
                if (cell.Draws) { cell.Draw(step, arrays.Training ? arrays.Random.Derive(3) : null, ((long)first * arrays.TimeSteps) + t, arrays.TimeSteps); }
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
        for (int row = 0; row < step.Rows; row++) { Hidden(step.Hidden, row).CopyTo(OutputRow(first + row, t, 1)); }
    }

    private Span<float> Hidden(float* states, int row) => new(states + ((nint)row * hiddenStride), hiddenWidth);

    private Span<float> DHidden(float* gradients, int row) => new(gradients + ((nint)row * dHiddenStride), hiddenWidth);

    private Span<float> Others(float* states, int row) => new(states + ((nint)row * cellWidth), cellWidth);

    private Span<float> OutputRow(int row, int t, int rows) => arrays.ReturnSequences
        ? new Span<float>(arrays.Output + ((((nint)row * arrays.TimeSteps) + t) * hiddenWidth), rows * hiddenWidth)
        : new Span<float>(arrays.Output + ((nint)row * hiddenWidth), rows * hiddenWidth);

    private void CarryStates(int shard, in CellStep last)
    {
        CellStep start = Step(shard, 0);
        Copy(last.Hidden - hiddenStart, start.HiddenBefore - hiddenStart, (nint)last.Rows * hiddenStride);
        Copy(last.Cell, start.CellBefore, (nint)last.Rows * cellWidth);
    }

    // The states before the first step of a stretch: kept on the way forward, put back before the stretch is computed again.
    private void CopyKeptStates(int shard, int number, bool keep)
    {
        CellStep start = Step(shard, 0);
        nint count = (nint)start.Rows * hiddenStride;
        float* h = start.HiddenBefore - hiddenStart;
        float* keptH = keptHidden.Pointer + (shard * keptHiddenPerShard) + (number * count);
        Copy(keep ? h : keptH, keep ? keptH : h, count);
        if (cellWidth == 0) { return; }
        count = (nint)start.Rows * cellWidth;
        float* keptC = keptCellState.Pointer + (shard * keptCellPerShard) + (number * count);
        Copy(keep ? start.CellBefore : keptC, keep ? keptC : start.CellBefore, count);
    }

    private void CopyState(float* source, int first, int rows, float* target, nint stride)
    {
        for (int row = 0; row < rows; row++, target += stride)
        {
            if (source is null) { new Span<float>(target, hiddenWidth).Clear(); }
            else { Copy(source + ((nint)(first + row) * hiddenWidth), target, hiddenWidth); }
        }
    }

    private void StoreState(float* source, nint stride, float* target, int first, int rows)
    {
        if (target is null) { return; }
        for (int row = 0; row < rows; row++, source += stride) { Copy(source, target + ((nint)(first + row) * hiddenWidth), hiddenWidth); }
    }

    // The states beside h lie next to each other in a row here, and each by itself outside.
    private void CopyOthers(in OtherStates sources, int first, int rows, float* target)
    {
        for (int k = 0; k < cell.StateCount - 1; k++)
        {
            float* source = (float*)sources[k];
            for (int row = 0; row < rows; row++)
            {
                var state = new Span<float>(target + ((nint)row * cellWidth) + (k * units), units);
                if (source is null) { state.Clear(); }
                else { new ReadOnlySpan<float>(source + ((nint)(first + row) * units), units).CopyTo(state); }
            }
        }
    }

    private void StoreOthers(float* source, in OtherStates targets, int first, int rows)
    {
        for (int k = 0; k < cell.StateCount - 1; k++)
        {
            float* target = (float*)targets[k];
            if (target is null) { continue; }
            for (int row = 0; row < rows; row++)
            {
                Copy(source + ((nint)row * cellWidth) + (k * units), target + ((nint)(first + row) * units), units);
            }
        }
    }

    private static void Copy(float* source, float* target, nint count) =>
        new ReadOnlySpan<float>(source, (int)count).CopyTo(new Span<float>(target, (int)count));
}
