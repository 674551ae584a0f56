namespace Engram.Data;

/// <summary>
/// Sequences of different lengths, given as a list. Those of like lengths share a batch; within a batch the shorter ones are padded, and a mask tells
/// every layer and the loss which steps are there. So padding changes no result, as long as the layers know masks; the history says which one does not.
/// <code>
/// var sentences = new RaggedSequences(x, y); // x: IReadOnlyList&lt;float[,]&gt;, each (timeSteps, features)
/// model.Fit(sentences);
/// IReadOnlyList&lt;Tensor&lt;float&gt;&gt; each = model.PredictEach(sentences);
/// </code>
/// Batches are made of samples sorted by length, within blocks that change from epoch to epoch.
/// </summary>
public sealed class RaggedSequences : IDataset
{
    private readonly Array[] x; // each float[,] or float[]
    private readonly NumericArray y;
    private readonly Array[]? steps; // targets of each step, each float[,]
    private readonly int[] lengths;

    /// <summary>Sequences of feature rows, for prediction or with one target each.</summary>
    /// <param name="x">The sequences, each (timeSteps, features), all with the same features.</param>
    /// <param name="y">The targets: (samples, ...), or none.</param>
    /// <exception cref="EngramException">There is no sequence, one has no step, features differ, or there is not one target for each.</exception>
    public RaggedSequences(IReadOnlyList<float[,]> x, NumericArray y = default) : this([.. x ?? throw new ArgumentNullException(nameof(x))], y, null)
    {
    }

    /// <summary>Sequences of feature rows with a target for each step.</summary>
    /// <param name="x">The sequences, each (timeSteps, features), all with the same features.</param>
    /// <param name="y">For each sequence its targets: (timeSteps, ...).</param>
    /// <exception cref="EngramException">There is no sequence, one has no step, features differ, or targets and steps do not agree.</exception>
    public RaggedSequences(IReadOnlyList<float[,]> x, IReadOnlyList<float[,]> y)
        : this([.. x ?? throw new ArgumentNullException(nameof(x))], default, [.. y ?? throw new ArgumentNullException(nameof(y))])
    {
    }

    /// <summary>Sequences of single numbers, such as tokens, for prediction or with one target each.</summary>
    /// <param name="x">The sequences.</param>
    /// <param name="y">The targets: (samples, ...), or none.</param>
    /// <exception cref="EngramException">There is no sequence, one has no step, or there is not one target for each.</exception>
    public RaggedSequences(IReadOnlyList<float[]> x, NumericArray y = default) : this([.. x ?? throw new ArgumentNullException(nameof(x))], y, null)
    {
    }

    /// <summary>Sequences of single numbers, such as tokens, with a target for each step.</summary>
    /// <param name="x">The sequences.</param>
    /// <param name="y">For each sequence its targets: (timeSteps, ...).</param>
    /// <exception cref="EngramException">There is no sequence, one has no step, or targets and steps do not agree.</exception>
    public RaggedSequences(IReadOnlyList<float[]> x, IReadOnlyList<float[,]> y)
        : this([.. x ?? throw new ArgumentNullException(nameof(x))], default, [.. y ?? throw new ArgumentNullException(nameof(y))])
    {
    }

    /// <summary>Sequences of tokens, for prediction or with one target each.</summary>
    /// <param name="tokens">The sequences, such as <see cref="Tokenizer.Encode(string)"/> gives them.</param>
    /// <param name="y">The targets: (samples, ...), or none.</param>
    /// <param name="maxLength">How many tokens a sequence keeps at most; longer ones lose their end, and <see cref="Truncated"/> says how many. Null for no limit.</param>
    /// <exception cref="EngramException">There is no sequence, one has no token or one that is negative or above 2^24, or there is not one target for each.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> is below 1.</exception>
    public static RaggedSequences FromTokens(IReadOnlyList<int[]> tokens, NumericArray y = default, int? maxLength = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (maxLength is { } least) { ArgumentOutOfRangeException.ThrowIfLessThan(least, 1, nameof(maxLength)); }
        var sequences = new float[tokens.Count][];
        int truncated = 0;
        for (int i = 0; i < sequences.Length; i++)
        {
            truncated += tokens[i].Length > maxLength ? 1 : 0;
            sequences[i] = new float[Math.Min(tokens[i].Length, maxLength ?? int.MaxValue)];
            for (int t = 0; t < sequences[i].Length; t++)
            {
                sequences[i][t] = tokens[i][t] is >= 0 and <= 1 << 24 and var token ? token : throw new EngramException($"Token {t} of sequence {i} is {tokens[i][t]}; tokens are numbers from 0 to {1 << 24}.");
            }
        }

        return new RaggedSequences(sequences, y) { Truncated = truncated };
    }

    private RaggedSequences(Array[] x, NumericArray y, Array[]? steps)
    {
        if (x.Length == 0) { throw new EngramException("There are no sequences; at least one is needed."); }
        (this.x, this.y, this.steps) = (x, y, steps);
        int targets = steps?.Length ?? (y.HasValue ? y.Count : x.Length);
        if (targets != x.Length) { throw new EngramException($"There are {x.Length} sequences and {targets} targets; there must be one target for each sequence."); }
        lengths = [.. x.Select(sequence => sequence.GetLength(0))];
        for (int i = 0; i < x.Length; i++)
        {
            if (lengths[i] == 0) { throw new EngramException($"Sequence {i} has no steps; at least one is needed."); }
            if (Width(x[i]) != Width(x[0])) { throw new EngramException($"Sequence {i} has {Width(x[i])} features, sequence 0 has {Width(x[0])}."); }
            if (steps is null) { continue; }
            if (steps[i].GetLength(0) != lengths[i]) { throw new EngramException($"Sequence {i} has {lengths[i]} steps and targets for {steps[i].GetLength(0)}; there must be one for each step."); }
            if (Width(steps[i]) != Width(steps[0])) { throw new EngramException($"The targets of sequence {i} have {Width(steps[i])} columns, those of sequence 0 have {Width(steps[0])}."); }
        }
    }

    /// <summary>The number of sequences.</summary>
    public int Count => x.Length;

    /// <summary>The end at which shorter sequences are filled up. It changes no result. Default <see cref="SequenceEnd.Post"/>, which is the fastest.</summary>
    public SequenceEnd Padding { get; init; } = SequenceEnd.Post;

    /// <summary>How many sequences lost their end, since they were longer than <see cref="FromTokens"/> was told to keep.</summary>
    public int Truncated { get; private init; }

    /// <summary>The length of each sequence.</summary>
    internal IReadOnlyList<int> Lengths => lengths;

    int? IDataset.SampleCount => Count;

    Feed IDataset.CreateFeed(FeedRequest request) => new SampleFeed(new Reader(this, request), request);

    private static int Width(Array sequence) => sequence.Rank == 1 ? 1 : sequence.GetLength(1);

    private sealed class Reader : ISampleReader
    {
        private readonly RaggedSequences data;
        private readonly bool withTargets;

        public Reader(RaggedSequences data, FeedRequest request)
        {
            if (request.InputNames.Count != 1) { throw new EngramException($"The model takes {request.InputNames.Count} inputs ({string.Join(", ", request.InputNames)}), but these samples have one."); }
            if (request.TargetCount > 1) { throw new EngramException($"The model takes {request.TargetCount} targets ({string.Join(", ", request.TargetNames!)}), but these samples have one."); }
            withTargets = request.TargetCount == 1;
            if (withTargets && !data.y.HasValue && data.steps is null) { throw FeedRequest.NoTargets(); }
            this.data = data;
            InputShapes = [data.x[0].Rank == 1 ? new Shape(data.Count, Shape.Unknown) : new Shape(data.Count, Shape.Unknown, Width(data.x[0]))];
        }

        public int Count => data.Count;

        public IReadOnlyList<Shape> InputShapes { get; }

        public IReadOnlyList<int> Lengths => data.lengths;

        public void Read(ReadOnlySpan<int> samples, FeedBatch batch)
        {
            int steps = 0, least = int.MaxValue;
            foreach (int sample in samples) { (steps, least) = (Math.Max(steps, data.lengths[sample]), Math.Min(least, data.lengths[sample])); }
            Fill(data.x, samples, steps, batch.Inputs[0], isFlat: data.x[0].Rank == 1);
            batch.Masks[0] = least == steps ? null : Mask(batch, samples, steps);
            if (!withTargets) { return; }
            if (data.steps is { } targets) { Fill(targets, samples, steps, batch.Targets[0], isFlat: false); }
            else { CopyTargets(samples, batch.Targets[0]); }
        }

        private void Fill(Array[] from, ReadOnlySpan<int> samples, int steps, TensorBuffer to, bool isFlat)
        {
            int width = Width(from[0]);
            if (isFlat) { to.Resize(samples.Length, steps); }
            else { to.Resize(samples.Length, steps, width); }
            to.Clear();
            for (int i = 0; i < samples.Length; i++)
            {
                NumericArray sequence = from[samples[i]] is float[,] rows ? rows : (float[])from[samples[i]];
                int start = data.Padding == SequenceEnd.Pre ? steps - data.lengths[samples[i]] : 0;
                sequence.Span.CopyTo(to.Span[(((i * steps) + start) * width)..]);
            }
        }

        private Mask Mask(FeedBatch batch, ReadOnlySpan<int> samples, int steps)
        {
            Mask mask = batch.OwnMask ??= new Mask(samples.Length, steps);
            mask.Resize(samples.Length, steps);
            mask.Span.Clear();
            for (int i = 0; i < samples.Length; i++)
            {
                int length = data.lengths[samples[i]];
                mask.Span.Slice((i * steps) + (data.Padding == SequenceEnd.Pre ? steps - length : 0), length).Fill(1);
            }

            return mask;
        }

        private void CopyTargets(ReadOnlySpan<int> samples, TensorBuffer to)
        {
            Span<int> axes = stackalloc int[data.y.Axes.Length];
            data.y.Axes.CopyTo(axes);
            axes[0] = samples.Length;
            to.Resize(axes);
            int length = data.y.Span.Length / data.y.Count;
            for (int i = 0; i < samples.Length; i++) { data.y.Span.Slice(samples[i] * length, length).CopyTo(to.Span[(i * length)..]); }
        }
    }
}
