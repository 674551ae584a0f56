namespace Engram.Data;

/// <summary>
/// What a model is fitted on, evaluated on or asked about: <see cref="ArraySamples"/> and <see cref="ArrayDataset"/> in memory,
/// <see cref="SequenceWindows"/> on a series, <see cref="SequenceDataset"/> read while training goes on, <see cref="BatchDataset"/> from batches
/// of one's own, <see cref="RaggedSequences"/> of different lengths. A source of one's own implements <see cref="ISampleSource"/>.
/// </summary>
public interface IDataset
{
    /// <summary>The number of samples, or null where it is not known before all are read.</summary>
    internal int? SampleCount { get; }

    /// <summary>Begins to read in batches.</summary>
    internal Feed CreateFeed(FeedRequest request);
}
