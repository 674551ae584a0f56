using System.Numerics.Tensors;
using Engram.Kernels;

namespace Engram.Cells;

internal sealed unsafe partial class SequencePass
{
    private void RunBackward(int shard)
    {
        int first = FirstRow(shard);
        int rows = FirstRow(shard + 1) - first;
        nint block = (nint)rows * StateWidth;
        float* states = dStates.Pointer + (shard * Padded((nint)rowsPerShard * StateWidth * 4));
        float* dh = states;
        float* dc = states + block;
        float* keptDh = states + (2 * block);
        float* keptDc = states + (3 * block);
        CopyState(arrays.DFinalHidden, first, rows, dh);
        CopyState(arrays.DFinalCell, first, rows, dc);
        var gradients = new Span<float>(weightGradients.Pointer + (shard * gradientsPerShard), (int)gradientsPerShard);
        gradients.Clear();

        int start = (arrays.TimeSteps - 1) / stretch * stretch;
        if (recompute) { RunStretchAgain(shard, start, arrays.TimeSteps); }
        int from = (arrays.TimeSteps - 1) / piece * piece;
        for (int to = arrays.TimeSteps; to > 0; to = from, from -= piece)
        {
            if (from < start)
            {
                start -= stretch;
                RunStretchAgain(shard, start, to);
            }

            for (int t = to - 1; t >= from; t--)
            {
                CellStep step = Step(shard, t - start);
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
                    Copy(dc, keptDc, block);
                }

                Activate(step, forward: false);
                cell.MultiplyBackward(step);
                if (arrays.Mask is not null) { PassMaskedRows(first, t, step, keptDh, keptDc); }
            }

            AddPieceGradients(shard, from, to, from - start);
        }

        StoreState(dh, arrays.DInitialHidden, first, rows);
        StoreState(dc, arrays.DInitialCell, first, rows);
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
            Span<float> dh = State(step.DHidden, row);
            TensorPrimitives.Add(dh, new ReadOnlySpan<float>(arrays.DOutput + (at * StateWidth), StateWidth), dh);
        }
    }

    // dW += xᵀ dz, dU += h'ᵀ dz, db += sum of dz, dx = dz Wᵀ for all steps of a piece at once.
    private void AddPieceGradients(int shard, int from, int to, int slot)
    {
        (int begin, int end) = LiveSteps(shard, from, to);
        ClearInputGradient(shard, from, begin);
        ClearInputGradient(shard, end, to);
        if (begin == end) { return; }
        CellStep step = Step(shard, slot + begin - from);
        int steps = end - begin;
        int first = FirstRow(shard);
        float* dKernel = weightGradients.Pointer + (shard * gradientsPerShard);
        float* dRecurrentKernel = dKernel + ((nint)arrays.Features * kernelWidth);
        float* dBias = dRecurrentKernel + ((nint)units * kernelWidth);
        cell.AddRecurrentGradient(steps * step.Rows, step, dRecurrentKernel);
        var bias = new Span<float>(dBias, bufferWidth);
        for (int row = 0; row < steps * step.Rows; row++)
        {
            TensorPrimitives.Add(bias, new ReadOnlySpan<float>(step.DGates + ((nint)row * bufferWidth), bufferWidth), bias);
        }

        if (arrays.Dropout > 0)
        {
            AddMaskedPieceGradients(shard, begin, end, step, dKernel);
            return;
        }

        // The order of a sum belongs to the piece, whichever of its steps are left out.
        nint features = arrays.Features;
        nint timeStride = arrays.GoBackwards ? -features : features;
        nint rowStride = arrays.TimeSteps * features;
        nint offset = (first * rowStride) + (arrays.TimeIndex(begin) * features);
        bool byRow = to - from >= step.Rows;
        int blocks = byRow ? step.Rows : steps;
        int height = byRow ? steps : step.Rows;
        nint xBlock = byRow ? rowStride : timeStride, xStride = byRow ? timeStride : rowStride;
        nint zBlock = byRow ? bufferWidth : (nint)step.Rows * bufferWidth, zStride = byRow ? (nint)step.Rows * bufferWidth : bufferWidth;
        for (int block = 0; block < blocks; block++)
        {
            float* dz = step.DGates + (block * zBlock);
            nint at = offset + (block * xBlock);
            Gemm.AddTransposed(arrays.Features, kernelWidth, height, arrays.X + at, xStride, dz, zStride, dKernel, kernelWidth);
            if (arrays.DX is null) { continue; }
            Gemm.Multiply(height, dz, zStride, kernelTransposed[0], arrays.DX + at, xStride, accumulate: false);
        }
    }

    /// <summary>
    /// Adds the shards' weight gradients to those of the arrays. Shards are added pairwise, neighbours first, whatever the number of
    /// threads: a binary tree over shard numbers.
    /// </summary>
    public void AddWeightGradients()
    {
        for (int distance = 1; distance < shards; distance *= 2)
        {
            for (int shard = 0; shard + distance < shards; shard += 2 * distance)
            {
                Span<float> into = ShardGradients(shard);
                TensorPrimitives.Add(into, ShardGradients(shard + distance), into);
            }
        }

        ReadOnlySpan<float> sum = ShardGradients(0);
        int kernelCount = arrays.Features * kernelWidth;
        int recurrentCount = units * kernelWidth;
        Add(sum[..kernelCount], arrays.DKernel);
        Add(sum.Slice(kernelCount, recurrentCount), arrays.DRecurrentKernel);
        ReadOnlySpan<float> bias = sum[(kernelCount + recurrentCount)..];
        if (arrays.DBias is not null) { Add(bias[..kernelWidth], arrays.DBias); }
        if (arrays.DRecurrentBias is not null)
        {
            // Reset after: z and r see both biases alike; the candidate's recurrent bias has the gradient of the fourth block.
            Add(bias[..(2 * units)], arrays.DRecurrentBias);
            Add(bias.Slice(3 * units, units), arrays.DRecurrentBias + (2 * units));
        }
    }

    private Span<float> ShardGradients(int shard) => new(
        weightGradients.Pointer + (shard * gradientsPerShard), ((arrays.Features + units) * kernelWidth) + bufferWidth);

    private static void Add(ReadOnlySpan<float> values, float* target)
    {
        var sum = new Span<float>(target, values.Length);
        TensorPrimitives.Add(sum, values, sum);
    }
}
