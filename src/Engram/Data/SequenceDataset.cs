namespace Engram.Data;

/// <summary>Reads one sample: writes its input and, unless that is empty, its target.</summary>
/// <param name="sample">The sample's number, from 0.</param>
/// <param name="x">Overwritten with the input.</param>
/// <param name="y">Overwritten with the target; empty where only inputs are asked for.</param>
public delegate void SampleReader(int sample, Span<float> x, Span<float> y);

/// <summary>
/// Samples that are read when their batch comes, on a second thread while the model computes: for data that are larger than the memory or slow to
/// make. At no time are more batches in memory than <see cref="Prefetch"/> and the one that is computed.
/// <code>
/// using var windows = new FileWindows("meters.f32", features: 3, inputLength: 168, horizon: 24);
/// model.Fit(new SequenceDataset(windows));
/// </code>
/// </summary>
public sealed class SequenceDataset : IDataset
{
    private readonly ISampleSource source;

    /// <summary>Reads from a source of numbered samples, for example <see cref="FileWindows"/>. Only the second thread calls it.</summary>
    /// <param name="source">The source.</param>
    public SequenceDataset(ISampleSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        this.source = source;
    }

    /// <summary>Reads with a function.</summary>
    /// <param name="count">The number of samples.</param>
    /// <param name="inputAxes">The axes of one input: usually [timeSteps, features].</param>
    /// <param name="targetAxes">The axes of one target; empty for one number, null for no targets.</param>
    /// <param name="read">Reads a sample; called on the second thread, for one sample at a time.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no sample, or an axis is below 1.</exception>
    public SequenceDataset(int count, IReadOnlyList<int> inputAxes, IReadOnlyList<int>? targetAxes, SampleReader read)
        : this(new Reader(count, inputAxes, targetAxes, read))
    {
    }

    /// <summary>Reads files, one for each sample.</summary>
    /// <param name="files">The files.</param>
    /// <param name="inputAxes">The axes of one input: usually [timeSteps, features].</param>
    /// <param name="targetAxes">The axes of one target; empty for one number, null for no targets.</param>
    /// <param name="read">Reads the file of a name.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no file, or an axis is below 1.</exception>
    public static SequenceDataset FromFiles(
        IReadOnlyList<string> files, IReadOnlyList<int> inputAxes, IReadOnlyList<int>? targetAxes, Action<string, Span<float>, Span<float>> read)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(read);
        string[] names = [.. files];
        return new SequenceDataset(names.Length, inputAxes, targetAxes, (sample, x, y) => read(names[sample], x, y));
    }

    /// <summary>How many batches are read ahead; 0 reads each when it is asked for. It changes no result. Default 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Prefetch
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Prefetch), value, "Prefetch must be at least 0.");
    } = 2;

    /// <summary>The number of samples.</summary>
    public int Count => source.Count;

    int? IDataset.SampleCount => Count;

    Feed IDataset.CreateFeed(FeedRequest request)
    {
        Feed feed = source.CreateFeed(request);
        return Prefetch == 0 ? feed : new PrefetchFeed(feed, Prefetch);
    }

    private sealed class Reader : ISampleSource
    {
        private readonly SampleReader read;
        private readonly int inputLength;
        private readonly int targetLength;

        public Reader(int count, IReadOnlyList<int> inputAxes, IReadOnlyList<int>? targetAxes, SampleReader read)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
            ArgumentNullException.ThrowIfNull(inputAxes);
            ArgumentNullException.ThrowIfNull(read);
            foreach (int axis in inputAxes) { ArgumentOutOfRangeException.ThrowIfLessThan(axis, 1, nameof(inputAxes)); }
            foreach (int axis in targetAxes ?? []) { ArgumentOutOfRangeException.ThrowIfLessThan(axis, 1, nameof(targetAxes)); }
            (Count, InputAxes, TargetAxes, this.read) = (count, [.. inputAxes], targetAxes is null ? null : [.. targetAxes], read);
            inputLength = new Shape([.. inputAxes]).Count;
            targetLength = targetAxes is null ? 0 : new Shape([.. targetAxes]).Count;
        }

        public int Count { get; }

        public IReadOnlyList<int> InputAxes { get; }

        public IReadOnlyList<int>? TargetAxes { get; }

        public void CopyBatch(ReadOnlySpan<int> samples, Span<float> x, Span<float> y)
        {
            for (int i = 0; i < samples.Length; i++)
            {
                read(samples[i], x.Slice(i * inputLength, inputLength), y.IsEmpty ? default : y.Slice(i * targetLength, targetLength));
            }
        }
    }
}
