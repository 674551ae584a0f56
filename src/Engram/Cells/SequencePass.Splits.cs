using Engram.Kernels;

namespace Engram.Cells;

/// <summary>How a pass is shared among the cores: each takes some rows through the whole sequence, or some units at every step.</summary>
internal enum Split
{
    Rows,
    Units,
}

/// <summary>
/// Either split for any layer, so that tests can compare them. In what order weight gradients are summed belongs to the layer's shapes:
/// one sum for each shard of rows where the kernel is small, one sum of all rows where it is large. With the split that the shapes ask for, a sum
/// is what one shard computes; with the other, the steps of a piece are put together in the same order from the shards' parts.
/// </summary>
internal sealed unsafe partial class SequencePass
{
    /// <summary>The split of the passes that this thread prepares; null for what the shapes ask for.</summary>
    [ThreadStatic]
    internal static Split? ForcedSplit;

    private void RunBackwardPieceByPiece()
    {
        for (int shard = 0; shard < shards; shard++) { BeginBackward(shard); }
        for (int sum = 0; sum < sums; sum++) { SumGradients(sum).Clear(); }
        int from = LastPiece;
        for (int to = arrays.TimeSteps; to > 0; to = from, from -= piece)
        {
            for (int shard = 0; shard < shards; shard++)
            {
                RunPieceBack(shard, from, to);
                if (arrays.Dropout > 0) { MaskInput(shard, from, to); }
            }

            for (int sum = 0; sum < sums; sum++) { AddPartsOfSum(sum, from, to); }
            for (int shard = 0; shard < shards; shard++) { AddInputGradient(shard, from, to); }
        }

        for (int shard = 0; shard < shards; shard++) { EndBackward(shard); }
    }

    private void AddPartsOfSum(int number, int from, int to)
    {
        int first = (int)((long)arrays.Batch * number / sums);
        int end = (int)((long)arrays.Batch * (number + 1) / sums);
        SumPointers sum = Sum(number);
        bool byRow = to - from >= end - first && arrays.Dropout == 0;
        for (int t = from; t < to; t++)
        {
            for (int shard = 0; shard < shards; shard++)
            {
                int begin = Math.Max(first, FirstRow(shard));
                int count = Math.Min(end, FirstRow(shard + 1)) - begin;
                if (count > 0) { AddPart(shard, t, from, begin, count, byRow, sum); }
            }
        }

        if (!byRow) { return; }
        for (int shard = 0; shard < shards; shard++)
        {
            Strides at = StridesOf(shard, from, to - from, byRow: true);
            for (int row = Math.Max(first, FirstRow(shard)); row < Math.Min(end, FirstRow(shard + 1)); row++)
            {
                int block = row - FirstRow(shard);
                Gemm.AddTransposed(
                    arrays.Features, kernelWidth, to - from, arrays.X + at.X + (block * at.XBlock), at.XStride,
                    Step(shard, Slot(from)).DGates + (block * at.ZBlock), at.ZStride, sum.DKernel, kernelWidth);
            }
        }
    }

    // What some rows of one step contribute.
    private void AddPart(int shard, int t, int from, int begin, int count, bool byRow, in SumPointers sum)
    {
        CellStep whole = Step(shard, Slot(t));
        int offset = begin - FirstRow(shard);
        CellStep part = whole.Slice(cell, offset, count);
        cell.AddRecurrentGradient(count, part, sum.DRecurrentKernel);
        AddBiasGradient(count, part.DGates, sum);
        int features = arrays.Features;
        if (arrays.Dropout > 0)
        {
            nint row = ((nint)(t - from) * whole.Rows) + offset;
            AddMaskedKernelGradient(count, MaskedInput(shard, 0) + (row * features), MaskedPerGroup(shard), part, sum);
        }
        else if (!byRow)
        {
            float* x = arrays.X + ((((nint)begin * arrays.TimeSteps) + arrays.TimeIndex(t)) * features);
            Gemm.AddTransposed(
                features, kernelWidth, count, x, (nint)arrays.TimeSteps * features, part.DGates, bufferWidth, sum.DKernel, kernelWidth);
        }
    }
}
