namespace Engram.Cells;

/// <summary>
/// What a forward pass that kept everything for the way back has computed, read out of its buffers. A pass that nobody looks at pays nothing.
/// </summary>
internal sealed unsafe partial class SequencePass
{
    /// <summary>The gates and states of the last forward pass, which must have kept all steps.</summary>
    /// <returns>For each series (batch, timeSteps, width), in the order of the input's steps; gates of masked steps are NaN.</returns>
    public IReadOnlyList<TracedArray> Trace()
    {
        if (!arrays.Keep || recompute) { throw new InvalidOperationException("The pass did not keep its steps."); }
        return [.. cell.Traced.Select(Trace)];
    }

    private TracedArray Trace(TracedSeries series)
    {
        int width = series.Place == TracedPlace.Hidden ? hiddenWidth : units;
        var values = new float[checked(arrays.Batch * arrays.TimeSteps * width)];
        for (int shard = 0; shard < shards; shard++)
        {
            for (int t = 0; t < arrays.TimeSteps; t++) { CopyTraced(series, shard, t, values, width); }
        }

        return new TracedArray(series.Name, width, values);
    }

    private void CopyTraced(TracedSeries series, int shard, int t, float[] values, int width)
    {
        CellStep step = Step(shard, t);
        int time = arrays.TimeIndex(t);
        (nint first, int stride) = series.Place switch
        {
            TracedPlace.Hidden => ((nint)step.Hidden, hiddenStride),
            TracedPlace.Cell => ((nint)step.Cell, cellWidth),
            _ => ((nint)step.Gates, bufferWidth),
        };
        bool isGate = series.Place is TracedPlace.Gates or TracedPlace.GatesComplement;
        for (int row = 0; row < step.Rows; row++)
        {
            int sequence = FirstRow(shard) + row;
            Span<float> target = values.AsSpan(((sequence * arrays.TimeSteps) + time) * width, width);
            if (isGate && arrays.Mask is { } mask && !mask[sequence, time])
            {
                target.Fill(float.NaN);
                continue;
            }

            new ReadOnlySpan<float>((float*)first + ((nint)row * stride) + series.Offset, width).CopyTo(target);
            if (series.Place != TracedPlace.GatesComplement) { continue; }
            foreach (ref float value in target) { value = 1 - value; }
        }
    }
}

/// <summary>One gate or state over a batch: (batch, timeSteps, width).</summary>
internal sealed record TracedArray(string Name, int Width, float[] Values);
