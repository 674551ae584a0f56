namespace Engram.Data;

/// <summary>Batches as somebody else makes them.</summary>
internal sealed class BatchFeed(Func<IEnumerator<Batch>> begin, FeedRequest request) : Feed
{
    private readonly FeedRequest request = request.First == 0 && request.Count is null && request.SampleWeights is not { Count: > 0 }
        ? request
        : throw new EngramException("Data that come in batches carry their sample weights themselves: new Batch(x, y, sampleWeights).");

    private IEnumerator<Batch>? enumerator;
    private bool peeked;

    public override IReadOnlyList<Shape>? InputShapes
    {
        get
        {
            if (enumerator is null && !Peek()) { return null; }
            using Feed feed = Open(enumerator!.Current);
            return [.. feed.InputShapes!.Select(shape => shape.With(0, Shape.Unknown))];
        }
    }

    public override int? SampleCount => null;

    public override int? BatchCount => null;

    // The first batch may have been looked at to learn the shapes; it is not made twice.
    public override void BeginEpoch(RandomKey? order)
    {
        if (peeked) { return; }
        enumerator?.Dispose();
        enumerator = begin();
    }

    // Batches can only be passed over by making them.
    public override void Resume(IReadOnlyList<int[]> order, long batches)
    {
        if (order.Count > 0) { throw new EngramException("the run's samples were numbered; these data come in batches"); }
        BeginEpoch(null);
        for (long i = 0; i < batches; i++)
        {
            if (!peeked && !enumerator!.MoveNext()) { throw new EngramException($"{batches} batches were done of an epoch; the data have {i}"); }
            peeked = false;
        }
    }

    public override FeedBatch CreateBatch() => new(request.InputNames.Count, request.TargetCount);

    public override bool Fill(FeedBatch batch)
    {
        if (!peeked && enumerator?.MoveNext() != true) { return false; }
        peeked = false;
        using Feed feed = Open(enumerator!.Current);
        return feed.Fill(batch);
    }

    public override void Dispose()
    {
        enumerator?.Dispose();
        base.Dispose();
    }

    private bool Peek()
    {
        enumerator = begin();
        peeked = enumerator.MoveNext();
        return peeked;
    }

    private Feed Open(Batch batch) => ((IDataset)(batch ?? throw new EngramException("A batch is null; the sequence must end instead.")).Data)
        .CreateFeed(request with { BatchSize = batch.Count });
}
