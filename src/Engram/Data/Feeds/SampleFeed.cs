namespace Engram.Data;

/// <summary>Batches of numbered samples, in their order or in one drawn anew for each epoch.</summary>
internal sealed class SampleFeed : Feed
{
    // So many batches are sorted by length at a time: batches are even, yet their make-up changes from epoch to epoch.
    private const int SortedBatches = 50;

    private readonly ISampleReader reader;
    private readonly FeedRequest request;
    private readonly BatchWeights? weights;
    private readonly int[] order;
    private readonly int[] batches; // only for samples of different lengths: the first sample of each batch
    private readonly string[] targetNames;
    private readonly string[] inputNames;
    private int at;

    public SampleFeed(ISampleReader reader, FeedRequest request)
    {
        this.reader = reader;
        this.request = request;
        int count = request.Count ?? reader.Count - request.First;
        order = [.. Enumerable.Range(request.First, count)];
        if (request.TargetCount > 0 && request.HasWeights) { weights = new BatchWeights(request, reader.Count); }
        batches = reader.Lengths is null ? [] : new int[(count + request.BatchSize - 1) / request.BatchSize];
        if (reader.Lengths is not null) { GroupByLength(null); }
        inputNames = reader.InputShapes.Count == 1 ? ["x"] : [.. request.InputNames];
        targetNames = request.TargetCount == 1 ? ["y"] : [.. request.TargetNames ?? []];
    }

    public override IReadOnlyList<Shape> InputShapes => reader.InputShapes;

    public override int? SampleCount => order.Length;

    public override int? BatchCount => (order.Length + request.BatchSize - 1) / request.BatchSize;

    public override void BeginEpoch(RandomKey? order)
    {
        at = 0;
        order?.Shuffle(this.order);
        if (reader.Lengths is not null) { GroupByLength(order); }
    }

    public override IReadOnlyList<int[]> Order => batches.Length > 0 ? [order, batches] : [order];

    public override void Resume(IReadOnlyList<int[]> order, long batches)
    {
        if (order.Count != Order.Count || order[0].Length != this.order.Length || order[^1].Length != Order[^1].Length)
        {
            throw new EngramException($"the order of samples is that of {(order.Count > 0 ? order[0].Length : 0)}; the data have {this.order.Length}{(order.Count == Order.Count ? "" : ", and lengths that are grouped otherwise")}");
        }

        int first = request.First;
        RequirePermutation(order[0], sample => sample - first);
        if (this.batches.Length > 0) { RequirePermutation(order[1], start => start % request.BatchSize == 0 ? start / request.BatchSize : -1); }
        if (batches < 0 || batches > BatchCount) { throw new EngramException($"{batches} batches were done of an epoch; the data have {BatchCount}"); }
        order[0].CopyTo(this.order, 0);
        if (this.batches.Length > 0) { order[1].CopyTo(this.batches, 0); }
        at = (int)batches;
    }

    private static void RequirePermutation(int[] values, Func<int, int> index)
    {
        var seen = new bool[values.Length];
        foreach (int value in values)
        {
            int i = index(value);
            if (i < 0 || i >= seen.Length || seen[i]) { throw new EngramException($"the order of samples names {value}, which is none of them or there twice"); }
            seen[i] = true;
        }
    }

    public override FeedBatch CreateBatch() =>
        new(reader.InputShapes.Count, request.TargetCount) { Samples = new int[Math.Min(request.BatchSize, order.Length)] };

    public override bool Fill(FeedBatch batch)
    {
        int start = at * request.BatchSize;
        if (start >= order.Length) { return false; }
        if (batches.Length > 0) { start = batches[at]; }
        ReadOnlySpan<int> samples = order.AsSpan(start, Math.Min(request.BatchSize, order.Length - start));
        if (batch.Samples is { } numbers) { samples.CopyTo(numbers); }
        at++;
        reader.Read(samples, batch);
        for (int i = 0; i < inputNames.Length; i++) { FiniteCheck.Require(inputNames[i], batch.Inputs[i], samples); }
        for (int i = 0; i < targetNames.Length; i++) { FiniteCheck.Require(targetNames[i], batch.Targets[i], samples); }
        weights?.Fill(samples, batch);
        return true;
    }

    // Like lengths share a batch. Without shuffling all samples are sorted, which costs the least padding.
    private void GroupByLength(RandomKey? key)
    {
        IReadOnlyList<int> lengths = reader.Lengths!;
        int piece = key is null ? order.Length : SortedBatches * request.BatchSize;
        if (key is null) { Array.Sort(order); }
        for (int start = 0; start < order.Length; start += piece)
        {
            int count = Math.Min(piece, order.Length - start);
            int[] sorted = [.. order.AsSpan(start, count).ToArray().OrderBy(sample => lengths[sample])]; // stable
            sorted.CopyTo(order, start);
        }

        for (int i = 0; i < batches.Length; i++) { batches[i] = i * request.BatchSize; }
        // A short last batch stays the last, so that all but one are full.
        if (key is { } given) { given.Derive("batches").Shuffle(batches.AsSpan(0, order.Length / request.BatchSize)); }
    }
}
