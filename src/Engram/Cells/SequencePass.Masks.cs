using System.Numerics.Tensors;

namespace Engram.Cells;

/// <summary>
/// Padded steps. A masked step did not happen: the states go across it, and so do their gradients on the way back. A step at which every
/// row of a shard is masked is dead and not computed at all, whether it lies before, after or between the steps that are data. The
/// products over a piece leave out the dead steps at its ends.
/// </summary>
internal sealed unsafe partial class SequencePass
{
    private int[] firstValid = [];
    private byte[] live = [];

    private void PrepareMask()
    {
        Mask mask = arrays.Mask!;
        if (firstValid.Length < arrays.Batch) { firstValid = new int[arrays.Batch]; }
        for (int row = 0; row < arrays.Batch; row++)
        {
            ReadOnlySpan<byte> steps = mask.Span.Slice(row * arrays.TimeSteps, arrays.TimeSteps);
            int at = arrays.GoBackwards ? steps.LastIndexOfAnyExcept((byte)0) : steps.IndexOfAnyExcept((byte)0);
            firstValid[row] = at < 0 ? arrays.TimeSteps : arrays.TimeIndex(at);
        }

        int needed = checked(shards * arrays.TimeSteps);
        if (live.Length < needed) { live = new byte[needed]; }
    }

    private Span<byte> Live(int shard) => live.AsSpan(shard * arrays.TimeSteps, arrays.TimeSteps);

    // At which steps of the input any row of the shard is data.
    private void FindLiveSteps(int shard)
    {
        Span<byte> steps = Live(shard);
        steps.Clear();
        for (int row = FirstRow(shard); row < FirstRow(shard + 1); row++)
        {
            TensorPrimitives.BitwiseOr(steps, arrays.Mask!.Span.Slice(row * arrays.TimeSteps, arrays.TimeSteps), steps);
        }
    }

    private bool IsLive(int shard, int t) =>
        arrays.Mask is null || live[(shard * arrays.TimeSteps) + arrays.TimeIndex(t)] != 0;

    // A piece without the dead steps at its ends; nothing is left of one that is dead.
    private (int Begin, int End) LiveSteps(int shard, int from, int to)
    {
        while (to > from && !IsLive(shard, to - 1)) { to--; }
        while (from < to && !IsLive(shard, from)) { from++; }
        return (from, to);
    }

    private void CarryMaskedRows(int first, int t, in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            if (arrays.Mask![first + row, arrays.TimeIndex(t)]) { continue; }
            Hidden(step.HiddenBefore, row).CopyTo(Hidden(step.Hidden, row));
            Others(step.CellBefore, row).CopyTo(Others(step.Cell, row));
        }
    }

    // The output of a masked step is the output before it (zero before the first valid step), or zero.
    private void WriteMaskedOutput(int first, int t, in CellStep step)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            Span<float> output = OutputRow(first + row, t, 1);
            if (arrays.Mask![first + row, arrays.TimeIndex(t)]) { Hidden(step.Hidden, row).CopyTo(output); }
            else if (arrays.ZeroOutputForMask || t <= firstValid[first + row]) { output.Clear(); }
            else if (arrays.ReturnSequences) { OutputRow(first + row, t - 1, 1).CopyTo(output); }
        }
    }

    // The gates of a masked row have no gradient, and the states' gradients are what they were.
    private void PassMaskedRows(int first, int t, in CellStep step, float* keptDh, float* keptDc)
    {
        for (int row = 0; row < step.Rows; row++)
        {
            if (arrays.Mask![first + row, arrays.TimeIndex(t)]) { continue; }
            new Span<float>(step.DGates + ((nint)row * bufferWidth), bufferWidth).Clear();
            DHidden(keptDh, row).CopyTo(DHidden(step.DHidden, row));
            Others(keptDc, row).CopyTo(Others(step.DCell, row));
        }
    }

    private void ClearInputGradient(int shard, int from, int to)
    {
        int first = FirstRow(shard);
        int end = FirstRow(shard + 1);
        if (arrays.DX is null || from == to) { return; }
        nint begin = arrays.GoBackwards ? arrays.TimeIndex(to - 1) : from;
        for (int row = first; row < end; row++)
        {
            float* dx = arrays.DX + ((((nint)row * arrays.TimeSteps) + begin) * arrays.Features);
            new Span<float>(dx, (to - from) * arrays.Features).Clear();
        }
    }
}
