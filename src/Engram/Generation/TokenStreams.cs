using Engram.Data;

namespace Engram.Generation;

/// <summary>
/// A text as rows that are read side by side, a window of steps at a time: each row goes on where it stopped, so a state that is carried from batch
/// to batch always belongs to the tokens before (truncated backpropagation through time; Williams and Peng 1990). The target of a token is the one
/// behind it.
/// </summary>
internal sealed class TokenStreams : IDataset
{
    private readonly int[] tokens;
    private readonly int steps;
    private readonly int[] first;
    private readonly (int From, int To)[]? counted; // which targets of each row count, or null for all
    private readonly int? batches;

    private TokenStreams(int[] tokens, int steps, int[] first, (int, int)[]? counted, int? batches) =>
        (this.tokens, this.steps, this.first, this.counted, this.batches) = (tokens, steps, first, counted, batches);

    /// <summary>
    /// Rows of equal length around the text, without end: where a row ends it goes on as the next one, whose text is what follows, so a pass over the
    /// text breaks no context but at its seam.
    /// </summary>
    /// <param name="tokens">The text.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="steps">The length of a window.</param>
    public static TokenStreams Around(int[] tokens, int rows, int steps)
    {
        var first = new int[rows];
        for (int row = 0; row < rows; row++) { first[row] = (int)((long)tokens.Length * row / rows); }
        return new TokenStreams(tokens, steps, first, null, null);
    }

    /// <summary>
    /// The tokens from a place on, each counted once. They are split among rows so that they can be computed side by side; a row begins some tokens
    /// before the first that counts, so that each is judged with its context.
    /// </summary>
    /// <param name="tokens">The text.</param>
    /// <param name="from">The first token that counts, at least 1.</param>
    /// <param name="rows">The most rows.</param>
    /// <param name="steps">The length of a window.</param>
    /// <param name="context">How many tokens before the first that counts a row reads, as far as there are any.</param>
    public static TokenStreams Behind(int[] tokens, int from, int rows, int steps, int context)
    {
        int count = tokens.Length - from;
        int length = (count + rows - 1) / rows;
        rows = (count + length - 1) / length;
        context = Math.Clamp(context, 1, from);
        var first = new int[rows];
        var counted = new (int, int)[rows];
        for (int row = 0; row < rows; row++)
        {
            int start = from + (row * length);
            first[row] = start - context;
            counted[row] = (start, Math.Min(tokens.Length, start + length));
        }

        return new TokenStreams(tokens, steps, first, counted, (context - 1 + length + steps - 1) / steps);
    }

    int? IDataset.SampleCount => null;

    Feed IDataset.CreateFeed(FeedRequest request) => new StreamFeed(this, request.TargetCount);

    private sealed class StreamFeed(TokenStreams streams, int targets) : Feed
    {
        private long taken;

        public override IReadOnlyList<Shape> InputShapes => [new Shape(streams.first.Length, streams.steps)];

        public override int? SampleCount => null;

        public override int? BatchCount => streams.batches;

        // What has an end begins anew; what has none goes on.
        public override void BeginEpoch(RandomKey? order)
        {
            if (streams.batches is not null) { taken = 0; }
        }

        public override void Resume(IReadOnlyList<int[]> order, long batches) => taken = batches;

        public override FeedBatch CreateBatch() => new(1, targets);

        public override bool Fill(FeedBatch batch)
        {
            if (taken >= streams.batches) { return false; }
            (int[] tokens, int steps, int rows) = (streams.tokens, streams.steps, streams.first.Length);
            batch.Inputs[0].Resize(rows, steps);
            foreach (TensorBuffer target in batch.Targets) { target.Resize(rows, steps); }
            Span<float> x = batch.Inputs[0].Span, y = targets > 0 ? batch.Targets[0].Span : [];
            Span<float> weights = targets > 0 && streams.counted is not null ? batch.PrepareWeights(0, rows * steps) : [];
            for (int row = 0; row < rows; row++)
            {
                long at = streams.first[row] + (taken * steps);
                for (int t = 0; t < steps; t++, at++)
                {
                    int i = (row * steps) + t;
                    x[i] = tokens[at % tokens.Length];
                    if (!y.IsEmpty) { y[i] = tokens[(at + 1) % tokens.Length]; }
                    if (!weights.IsEmpty) { weights[i] = streams.Weight(row, at + 1); }
                }
            }

            taken++;
            return true;
        }
    }

    // The trainer takes the mean over all steps of all batches; weights make it that over those which count.
    private float Weight(int row, long target)
    {
        (int from, int to) = counted![row];
        return target >= from && target < to ? (float)((double)batches!.Value * first.Length * steps / (tokens.Length - counted[0].From)) : 0;
    }
}
