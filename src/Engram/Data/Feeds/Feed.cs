namespace Engram.Data;

/// <summary>Hands out the batches of a data set, epoch after epoch.</summary>
internal abstract class Feed : IDisposable
{
    private FeedBatch? current;

    /// <summary>The shapes of the inputs, or null where there is no batch at all.</summary>
    public abstract IReadOnlyList<Shape>? InputShapes { get; }

    /// <summary>The number of samples of an epoch, or null while it is unknown.</summary>
    public abstract int? SampleCount { get; }

    /// <summary>The number of batches of an epoch, or null while it is unknown.</summary>
    public abstract int? BatchCount { get; }

    /// <summary>Goes back to the first batch.</summary>
    /// <param name="order">The key of the order of samples, or null for the order they have.</param>
    public abstract void BeginEpoch(RandomKey? order);

    /// <summary>The order of samples as the last epoch had it, in as many arrays as the feed needs; empty where data come as they come.</summary>
    public virtual IReadOnlyList<int[]> Order => [];

    /// <summary>Goes to where a feed was that had this order and had handed out so many batches since its epoch began.</summary>
    /// <param name="order">What <see cref="Order"/> was.</param>
    /// <param name="batches">How many batches are passed over.</param>
    /// <exception cref="EngramException">The order is none of these samples, or there are not so many batches.</exception>
    public abstract void Resume(IReadOnlyList<int[]> order, long batches);

    /// <summary>The next batch, valid until the one after it is asked for; null at the end of the epoch.</summary>
    public virtual FeedBatch? Next()
    {
        current ??= CreateBatch();
        return Fill(current) ? current : null;
    }

    /// <summary>Creates buffers for a batch; whoever reads ahead has several.</summary>
    public abstract FeedBatch CreateBatch();

    /// <summary>Reads the next batch into buffers; false at the end of the epoch.</summary>
    public abstract bool Fill(FeedBatch batch);

    /// <summary>Gives back what reading holds: threads, files, enumerators.</summary>
    public virtual void Dispose() { }
}

/// <summary>One batch in buffers that are used again for the next.</summary>
internal sealed class FeedBatch
{
    private readonly float[][] weights;
    private readonly int[] weightCounts;

    public FeedBatch(int inputs, int targets)
    {
        Inputs = [.. Enumerable.Range(0, inputs).Select(_ => new TensorBuffer(0))];
        Masks = new Mask?[inputs];
        Targets = [.. Enumerable.Range(0, targets).Select(_ => new TensorBuffer(0))];
        weights = [.. Enumerable.Range(0, targets).Select(_ => Array.Empty<float>())];
        weightCounts = new int[targets];
    }

    /// <summary>The number of samples.</summary>
    public int Rows => Inputs[0][0];

    /// <summary>The inputs in the model's order.</summary>
    public TensorBuffer[] Inputs { get; }

    /// <summary>Which steps of each input are data; null for all.</summary>
    public Mask?[] Masks { get; }

    /// <summary>Room for the mask of a reader that makes one.</summary>
    public Mask? OwnMask { get; set; }

    /// <summary>The targets in the order of the outputs that have a loss.</summary>
    public TensorBuffer[] Targets { get; }

    /// <summary>The numbers of the samples, where they have some.</summary>
    public int[]? Samples { get; set; }

    /// <summary>The weights of a target's losses; empty for ones.</summary>
    public ReadOnlySpan<float> Weights(int target) => weights[target].AsSpan(0, weightCounts[target]);

    /// <summary>Room for the weights of a target's losses.</summary>
    public Span<float> PrepareWeights(int target, int count)
    {
        if (weights[target].Length < count) { weights[target] = new float[count]; }
        weightCounts[target] = count;
        return weights[target].AsSpan(0, count);
    }
}

/// <summary>How a data set is to be read.</summary>
internal sealed record FeedRequest
{
    public int BatchSize { get; init; } = 32;

    public required IReadOnlyList<string> InputNames { get; init; }

    /// <summary>The outputs that have a loss, or null where targets are not wanted.</summary>
    public IReadOnlyList<string>? TargetNames { get; init; }

    public NumericArrays? SampleWeights { get; init; }

    public IReadOnlyDictionary<int, float>? ClassWeights { get; init; }

    /// <summary>The first sample; the data set must have a known number of them unless it is 0.</summary>
    public int First { get; init; }

    /// <summary>How many samples, or null for all.</summary>
    public int? Count { get; init; }

    public int TargetCount => TargetNames?.Count ?? 0;

    public bool HasWeights => SampleWeights is { Count: > 0 } || ClassWeights is not null;

    public FeedRequest WithWeights(NumericArrays? own)
    {
        if (own is not { Count: > 0 } || TargetNames is null) { return this; }
        return SampleWeights is not { Count: > 0 }
            ? this with { SampleWeights = own }
            : throw new EngramException("There are sample weights in the data and in the options; give them once.");
    }

    public static EngramException NoTargets() => new("These samples have no targets; training and evaluation need one for each sample.");
}
