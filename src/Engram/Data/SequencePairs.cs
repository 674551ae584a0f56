namespace Engram.Data;

/// <summary>
/// Pairs of token sequences of different lengths on both sides, for models of two inputs that read a source and write a target, such as a
/// translation (Sutskever, Vinyals and Le 2014, "Sequence to sequence learning with neural networks"). A target begins with a start and ends with an
/// end token; the second input is all of it but the last token, what is to be predicted all of it but the first (teacher forcing).
/// <code>
/// inputs: source (batch, sourceSteps), target (batch, targetSteps)   targets: (batch, targetSteps)
/// </code>
/// Shorter sequences are filled up with zeros at their end, which an <see cref="Layers.Embedding"/> with <see cref="Layers.Embedding.MaskZero"/> marks as
/// padding, so that they change no result. Pairs of like lengths share a batch.
/// </summary>
public sealed class SequencePairs : IDataset
{
    private readonly int[][] source;
    private readonly int[][] target;
    private readonly int[] lengths; // the ranks of the pairs' lengths: by the target's, which is the dearer side, then by the source's

    /// <summary>Creates the data set; nothing is copied.</summary>
    /// <param name="source">The tokens of each source, at least one, each above 0.</param>
    /// <param name="target">The tokens of each target, start and end included, at least two, each above 0.</param>
    /// <exception cref="EngramException">There is no pair, the sides have not equally many sequences, or one is too short or has a token below 1.</exception>
    public SequencePairs(IReadOnlyList<int[]> source, IReadOnlyList<int[]> target)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        if (source.Count != target.Count) { throw new EngramException($"There are {source.Count} sources and {target.Count} targets; there must be one target for each source."); }
        if (source.Count == 0) { throw new EngramException("There are no pairs of sequences; at least one is needed."); }
        (this.source, this.target) = ([.. source], [.. target]);
        lengths = new int[source.Count];
        for (int i = 0; i < lengths.Length; i++)
        {
            Check(this.source[i], i, "source", 1);
            Check(this.target[i], i, "target", 2);
        }

        Rank();
    }

    /// <summary>The number of pairs.</summary>
    public int Count => source.Length;

    int? IDataset.SampleCount => Count;

    Feed IDataset.CreateFeed(FeedRequest request) => new SampleFeed(new Reader(this, request), request);

    private void Rank()
    {
        int[] order = [.. Enumerable.Range(0, Count).OrderBy(i => target[i].Length).ThenBy(i => source[i].Length)];
        for (int i = 1; i < order.Length; i++)
        {
            (int before, int pair) = (order[i - 1], order[i]);
            bool same = target[before].Length == target[pair].Length && source[before].Length == source[pair].Length;
            lengths[pair] = lengths[before] + (same ? 0 : 1);
        }
    }

    private static void Check(int[] tokens, int pair, string side, int least)
    {
        if (tokens is null || tokens.Length < least)
        {
            throw new EngramException($"The {side} of pair {pair} has {tokens?.Length ?? 0} tokens; it needs {(least == 1 ? "at least one" : "a start and an end at least")}.");
        }

        foreach (int token in tokens)
        {
            if (token < 1) { throw new EngramException($"The {side} of pair {pair} has the token {token}; tokens are at least 1, because 0 is padding."); }
        }
    }

    private sealed class Reader : ISampleReader
    {
        private readonly SequencePairs data;
        private readonly bool withTargets;

        public Reader(SequencePairs data, FeedRequest request)
        {
            // The third is what is to be predicted, for layers that compute the loss themselves.
            int inputs = request.InputNames.Count;
            if (inputs is not (2 or 3)) { throw new EngramException($"The model takes {inputs} inputs ({string.Join(", ", request.InputNames)}), but pairs of sequences are two: source and target."); }
            if (request.TargetCount > 1) { throw new EngramException($"The model takes {request.TargetCount} targets ({string.Join(", ", request.TargetNames!)}), but pairs of sequences have one."); }
            this.data = data;
            withTargets = request.TargetCount == 1;
            InputShapes = [.. Enumerable.Repeat(new Shape(data.Count, Shape.Unknown), inputs)];
        }

        public int Count => data.Count;

        public IReadOnlyList<Shape> InputShapes { get; }

        public IReadOnlyList<int> Lengths => data.lengths;

        public void Read(ReadOnlySpan<int> samples, FeedBatch batch)
        {
            Fill(data.source, samples, 0, 0, batch.Inputs[0]);
            Fill(data.target, samples, 0, 1, batch.Inputs[1]);
            if (batch.Inputs.Length > 2) { Fill(data.target, samples, 1, 0, batch.Inputs[2]); }
            if (withTargets) { Fill(data.target, samples, 1, 0, batch.Targets[0]); }
        }

        // The tokens without so many at either end, zeros behind them.
        private static void Fill(int[][] from, ReadOnlySpan<int> samples, int skipped, int left, TensorBuffer to)
        {
            int steps = 0;
            foreach (int sample in samples) { steps = Math.Max(steps, from[sample].Length - skipped - left); }
            to.Resize(samples.Length, steps);
            to.Clear();
            for (int i = 0; i < samples.Length; i++)
            {
                Span<float> row = to.Span.Slice(i * steps, steps);
                ReadOnlySpan<int> tokens = from[samples[i]].AsSpan(skipped..^left);
                for (int step = 0; step < tokens.Length; step++) { row[step] = tokens[step]; }
            }
        }
    }
}
