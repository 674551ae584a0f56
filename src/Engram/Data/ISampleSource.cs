namespace Engram.Data;

/// <summary>
/// Samples that a model is trained on or asked about, batch by batch: arrays, windows on a series, or a source of one's own. Nothing is
/// copied but the batch.
/// </summary>
public interface ISampleSource : IDataset
{
    /// <summary>The number of samples.</summary>
    int Count { get; }

    /// <summary>The axes of one input, without the batch axis: usually (timeSteps, features).</summary>
    IReadOnlyList<int> InputAxes { get; }

    /// <summary>The axes of one target, without the batch axis; empty for one number, null where there are no targets.</summary>
    IReadOnlyList<int>? TargetAxes { get; }

    /// <summary>Writes a batch.</summary>
    /// <param name="samples">The numbers of the samples, from 0.</param>
    /// <param name="x">Overwritten with the inputs, one after the other.</param>
    /// <param name="y">Overwritten with the targets, one after the other; empty where only inputs are asked for.</param>
    void CopyBatch(ReadOnlySpan<int> samples, Span<float> x, Span<float> y);

    int? IDataset.SampleCount => Count;

    Feed IDataset.CreateFeed(FeedRequest request) => new SampleFeed(new SourceReader(this, request), request);
}
