using System.Numerics.Tensors;

namespace Engram.Cells;

internal sealed unsafe partial class SequencePass
{
    private void RunBackward(int shard)
    {
        BeginBackward(shard);
        SumGradients(shard).Clear();
        int from = LastPiece;
        for (int to = arrays.TimeSteps; to > 0; to = from, from -= piece)
        {
            RunPieceBack(shard, from, to);
            AddPieceGradients(shard, from, to);
            WriteInputGradient(shard, from, to);
        }

        EndBackward(shard);
    }

    private int LastPiece => (arrays.TimeSteps - 1) / piece * piece;

    // The place of a step in the shard's buffers on the way back.
    private int Slot(int t) => t % stretch;

    private float* GradientOfStates(int shard) => dStates.Pointer + (shard * dStatesPerShard);

    private void BeginBackward(int shard)
    {
        int first = FirstRow(shard);
        int rows = FirstRow(shard + 1) - first;
        float* dh = GradientOfStates(shard);
        CopyState(arrays.DFinalHidden, first, rows, dh, dHiddenStride);
        CopyOthers(arrays.DFinalCell, first, rows, dh + ((nint)rows * dHiddenStride));
    }

    private void EndBackward(int shard)
    {
        int first = FirstRow(shard);
        int rows = FirstRow(shard + 1) - first;
        float* dh = GradientOfStates(shard);
        StoreState(dh, dHiddenStride, arrays.DInitialHidden, first, rows);
        StoreOthers(dh + ((nint)rows * dHiddenStride), arrays.DInitialCell, first, rows);
    }

    private void RunPieceBack(int shard, int from, int to)
    {
        if (recompute && (to == arrays.TimeSteps || to % stretch == 0)) { RunStretchAgain(shard, from / stretch * stretch, to); }
        int first = FirstRow(shard);
        int rows = FirstRow(shard + 1) - first;
        nint block = (nint)rows * dHiddenStride;
        nint cellBlock = (nint)rows * cellWidth;
        float* dh = GradientOfStates(shard);
        float* dc = dh + block;
        float* keptDh = dc + cellBlock;
        float* keptDc = keptDh + block;
        for (int t = to - 1; t >= from; t--)
        {
            CellStep step = Step(shard, Slot(t));
            step.DHidden = dh;
            step.DCell = dc;
            AddOutputGradient(first, t, step);
            if (!IsLive(shard, t))
            {
                new Span<float>(step.DGates, rows * bufferWidth).Clear();
                continue;
            }

            if (arrays.Mask is not null)
            {
                Copy(dh, keptDh, block);
                Copy(dc, keptDc, cellBlock);
            }

            Activate(step, forward: false);
            if (t > 0 || arrays.Mask is not null || arrays.DInitialHidden is not null) { cell.MultiplyBackward(step); }
            if (arrays.Mask is not null) { PassMaskedRows(first, t, step, keptDh, keptDc); }
        }
    }

    // The output of a masked step is the output before it, so its gradient waits in dh for the last valid step; before the first
    // valid step the output is the constant zero and the gradient ends.
    private void AddOutputGradient(int first, int t, in CellStep step)
    {
        if (arrays.DOutput is null || (!arrays.ReturnSequences && t < arrays.TimeSteps - 1)) { return; }
        for (int row = 0; row < step.Rows; row++)
        {
            if (arrays.Mask is not null && !arrays.Mask[first + row, arrays.TimeIndex(t)]
                && (arrays.ZeroOutputForMask || t <= firstValid[first + row]))
            {
                continue;
            }

            nint at = arrays.ReturnSequences ? ((nint)(first + row) * arrays.TimeSteps) + t : first + row;
            Span<float> dh = DHidden(step.DHidden, row);
            TensorPrimitives.Add(dh, new ReadOnlySpan<float>(arrays.DOutput + (at * hiddenWidth), hiddenWidth), dh);
        }
    }
}
