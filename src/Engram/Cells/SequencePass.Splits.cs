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
                if (!joinsInput) { CopyInput(shard, from, to); }
            }

            for (int sum = 0; sum < sums; sum++) { AddPartsOfSum(sum, from, to); }
            for (int shard = 0; shard < shards; shard++) { WriteInputGradient(shard, from, to); }
        }

        for (int shard = 0; shard < shards; shard++) { EndBackward(shard); }
    }

    private void AddPartsOfSum(int number, int from, int to)
    {
        int first = (int)((long)arrays.Batch * number / sums);
        int end = (int)((long)arrays.Batch * (number + 1) / sums);
        SumPointers sum = Sum(number);
        for (int t = from; t < to; t++)
        {
            for (int shard = 0; shard < shards; shard++)
            {
                int begin = Math.Max(first, FirstRow(shard));
                int count = Math.Min(end, FirstRow(shard + 1)) - begin;
                if (count <= 0) { continue; }
                CellStep whole = Step(shard, Slot(t));
                int offset = begin - FirstRow(shard);
                CellStep part = whole.Slice(cell, offset, count);
                if (joinsInput)
                {
                    AddJoinedGradient(count, part, sum);
                    continue;
                }

                cell.AddRecurrentGradient(count, part, sum.DRecurrentKernel);
                if (cell.OwnWeights > 0) { cell.AddOwnGradient(count, part, sum.DOwnWeights); }
                AddBiasGradient(count, part.DGates, sum);
                AddKernelGradient(shard, ((nint)(t - from) * whole.Rows) + offset, count, part.DGates, sum.DKernel);
            }
        }
    }
}
