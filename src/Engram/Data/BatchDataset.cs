namespace Engram.Data;

/// <summary>One batch of samples.</summary>
public sealed class Batch
{
    /// <summary>Joins inputs, targets and weights.</summary>
    /// <param name="x">The inputs: each (samples, ...).</param>
    /// <param name="y">The targets: each (samples, ...), or none where only predictions are wanted.</param>
    /// <param name="sampleWeights">Weights in the losses: each (samples) or (samples, timeSteps), one array for all outputs or one for each; or none.</param>
    /// <exception cref="EngramException">There is no sample, or the numbers of samples differ.</exception>
    public Batch(NumericArrays x, NumericArrays? y = null, NumericArrays? sampleWeights = null) => Data = new ArrayDataset(x, y, sampleWeights);

    /// <summary>The number of samples.</summary>
    public int Count => Data.Count;

    internal ArrayDataset Data { get; }
}

/// <summary>
/// Batches of one's own making, in the order in which they come. Each epoch enumerates them anew; for batches without end say
/// <see cref="Training.FitOptions.StepsPerEpoch"/>. Batch sizes are those of the batches.
/// </summary>
public sealed class BatchDataset : IDataset
{
    private readonly Func<IEnumerator<Batch>> begin;

    /// <summary>Takes batches from a sequence.</summary>
    /// <param name="batches">The batches.</param>
    public BatchDataset(IEnumerable<Batch> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        begin = batches.GetEnumerator;
    }

    /// <summary>Takes batches from an asynchronous sequence; training waits for each.</summary>
    /// <param name="batches">The batches.</param>
    public BatchDataset(IAsyncEnumerable<Batch> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        begin = () => Wait(batches);
    }

    /// <summary>How many batches are made ahead on a second thread; 0 makes each when it is asked for. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Prefetch
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Prefetch), value, "Prefetch must be at least 0.");
    }

    int? IDataset.SampleCount => null;

    Feed IDataset.CreateFeed(FeedRequest request)
    {
        var feed = new BatchFeed(begin, request);
        return Prefetch == 0 ? feed : new PrefetchFeed(feed, Prefetch);
    }

    // On the pool, so that a context of the calling thread cannot be waited for by itself.
    private static IEnumerator<Batch> Wait(IAsyncEnumerable<Batch> batches)
    {
        IAsyncEnumerator<Batch> enumerator = batches.GetAsyncEnumerator();
        try
        {
            while (Task.Run(async () => await enumerator.MoveNextAsync().ConfigureAwait(false)).GetAwaiter().GetResult()) { yield return enumerator.Current; }
        }
        finally
        {
            Task.Run(async () => await enumerator.DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();
        }
    }
}
