namespace Engram.Data;

/// <summary>Reads numbered samples into a batch.</summary>
internal interface ISampleReader
{
    int Count { get; }

    /// <summary>The shapes of the inputs, batch axis first.</summary>
    IReadOnlyList<Shape> InputShapes { get; }

    /// <summary>The length of each sample where they differ, so that samples of like lengths share a batch; otherwise null.</summary>
    IReadOnlyList<int>? Lengths { get; }

    /// <summary>Fills inputs, masks and, where the batch has them, targets.</summary>
    void Read(ReadOnlySpan<int> samples, FeedBatch batch);
}

/// <summary>Reads from a source with one input and one target.</summary>
internal sealed class SourceReader : ISampleReader
{
    private readonly ISampleSource source;
    private readonly int[] inputAxes;
    private readonly int[] targetAxes;

    public SourceReader(ISampleSource source, FeedRequest request)
    {
        if (request.InputNames.Count != 1) { throw new EngramException($"The model takes {request.InputNames.Count} inputs ({string.Join(", ", request.InputNames)}), but these samples have one."); }
        if (request.TargetCount > 1) { throw new EngramException($"The model takes {request.TargetCount} targets ({string.Join(", ", request.TargetNames!)}), but these samples have one."); }
        this.source = source;
        inputAxes = [0, .. source.InputAxes];
        targetAxes = request.TargetCount == 0 ? [] : [0, .. source.TargetAxes ?? throw FeedRequest.NoTargets()];
        InputShapes = [new Shape([source.Count, .. source.InputAxes])];
    }

    public int Count => source.Count;

    public IReadOnlyList<Shape> InputShapes { get; }

    public IReadOnlyList<int>? Lengths => null;

    public void Read(ReadOnlySpan<int> samples, FeedBatch batch)
    {
        inputAxes[0] = samples.Length;
        batch.Inputs[0].Resize(inputAxes);
        if (targetAxes.Length > 0)
        {
            targetAxes[0] = samples.Length;
            batch.Targets[0].Resize(targetAxes);
        }

        source.CopyBatch(samples, batch.Inputs[0].Span, targetAxes.Length > 0 ? batch.Targets[0].Span : default);
    }
}
