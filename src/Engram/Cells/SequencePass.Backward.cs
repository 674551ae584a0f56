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

        int from = (arrays.TimeSteps - 1) / piece * piece;
        for (int to = arrays.TimeSteps; to > 0; to = from, from -= piece)
        {
            for (int t = to - 1; t >= from; t--)
            {
                CellStep step = Step(shard, t);
                step.DHidden = dh;
                step.DCell = dc;
                AddOutputGradient(first, t, step);
                if (arrays.Mask is null)
                {
                    Activate(step, forward: false);
                    if (t > 0 || arrays.DInitialHidden is not null) { cell.MultiplyBackward(step); }
                }
                else
                {
                    new ReadOnlySpan<float>(dh, (int)block).CopyTo(new Span<float>(keptDh, (int)block));
                    new ReadOnlySpan<float>(dc, (int)block).CopyTo(new Span<float>(keptDc, (int)block));
                    Activate(step, forward: false);
                    cell.MultiplyBackward(step);
                    PassMaskedRows(first, t, step, keptDh, keptDc);
                }
            }

            AddPieceGradients(shard, from, to);
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

    // A masked step did not happen: its gates have no gradient, and the states' gradients pass through.
    private void PassMaskedRows(int first, int t, in CellStep step, float* keptDh, float* keptDc)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            if (arrays.Mask![first + row, arrays.TimeIndex(t)]) { continue; }
            new Span<float>(step.DGates + ((nint)row * bufferWidth), bufferWidth).Clear();
            State(keptDh, row).CopyTo(State(step.DHidden, row));
            if (cell.StateCount == 2) { State(keptDc, row).CopyTo(State(step.DCell, row)); }
        }
    }

    // dW += xᵀ dz, dU += h'ᵀ dz, db += sum of dz, dx = dz Wᵀ for all steps of a piece at once.
    private void AddPieceGradients(int shard, int from, int to)
    {
        CellStep step = Step(shard, from);
        int steps = to - from;
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

        nint features = arrays.Features;
        nint timeStride = arrays.GoBackwards ? -features : features;
        nint rowStride = arrays.TimeSteps * features;
        nint offset = (first * rowStride) + (arrays.TimeIndex(from) * features);
        bool byRow = steps >= step.Rows;
        int blocks = byRow ? step.Rows : steps;
        int height = byRow ? steps : step.Rows;
        nint xBlock = byRow ? rowStride : timeStride, xStride = byRow ? timeStride : rowStride;
        nint zBlock = byRow ? bufferWidth : (nint)step.Rows * bufferWidth, zStride = byRow ? (nint)step.Rows * bufferWidth : bufferWidth;
        int groups = InputGroups;
        int width = kernelWidth / groups;
        for (int group = 0; group < groups; group++)
        {
            float* x = Input(group) + offset;
            float* dz = step.DGates + (group * width);
            for (int block = 0; block < blocks; block++)
            {
                Gemm.AddTransposed(
                    arrays.Features, width, height, x + (block * xBlock), xStride,
                    dz + (block * zBlock), zStride, dKernel + (group * width), kernelWidth);
            }

            if (arrays.DX is null) { continue; }
            if (arrays.Dropout > 0)
            {
                AddMaskedInputGradient(group, first, from, to, step.Rows, dz);
                continue;
            }

            for (int block = 0; block < blocks; block++)
            {
                Gemm.Multiply(
                    height, dz + (block * zBlock), zStride, kernelTransposed[group],
                    arrays.DX + offset + (block * xBlock), xStride, accumulate: false);
            }
        }
    }

    // With dropout: dx = sum over the gates' groups of (dz Wᵀ) ∘ mask.
    private void AddMaskedInputGradient(int group, int first, int from, int to, int rows, float* dz)
    {
        int features = arrays.Features;
        TensorBuffer product = threadProduct ??= new TensorBuffer(0);
        product.Resize(rows * features);
        for (int t = from; t < to; t++, dz += (nint)rows * bufferWidth)
        {
            Gemm.Multiply(rows, dz, bufferWidth, kernelTransposed[group], product.Pointer, features, accumulate: false);
            for (int row = 0; row < rows; row++)
            {
                Span<float> part = product.Span.Slice(row * features, features);
                ReadOnlySpan<float> mask = inputMasks.Span.Slice(((group * arrays.Batch) + first + row) * features, features);
                var dx = new Span<float>(
                    arrays.DX + ((((nint)(first + row) * arrays.TimeSteps) + arrays.TimeIndex(t)) * features), features);
                if (group == 0) { TensorPrimitives.Multiply(part, mask, dx); }
                else { TensorPrimitives.FusedMultiplyAdd(part, mask, dx, dx); }
            }
        }
    }

    // Shards are added pairwise, neighbours first, whatever the number of threads: a binary tree over shard numbers.
    private void AddWeightGradients()
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

    [ThreadStatic]
    private static TensorBuffer? threadProduct;
}
