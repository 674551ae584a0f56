using Engram.Data;
using Engram.Training;

namespace Engram.Translation;

/// <summary>
/// Pairs in which some of the decoder's inputs are replaced by what the model itself would have said at that place (Bengio et al. 2015). A batch's guesses are drawn together from a pass
/// over the right words (Mihaylova and Martins 2019, "Scheduled sampling for transformers"), so they follow from the seed and the batch's number alone.
/// </summary>
/// <param name="pairs">The pairs.</param>
/// <param name="network">The network that is trained; its weights of the moment make the guesses.</param>
/// <param name="seed">Where the draws come from.</param>
/// <param name="rate">The share of inputs that is replaced now.</param>
internal sealed class ScheduledSamplingPairs(SequencePairs pairs, TranslationNetwork network, long seed, Func<double> rate) : IDataset
{
    int? IDataset.SampleCount => pairs.Count;

    Feed IDataset.CreateFeed(FeedRequest request) => new SamplingFeed(((IDataset)pairs).CreateFeed(request), network, new RandomKey(seed).Derive("scheduled sampling"), rate);

    private sealed class SamplingFeed(Feed inner, TranslationNetwork network, RandomKey key, Func<double> rate) : Feed
    {
        private readonly NetworkPass pass = ((INetwork)network.Training).CreatePass();
        private readonly TensorBuffer guesses = new(0);
        private long batches;

        public override IReadOnlyList<Shape>? InputShapes => inner.InputShapes;

        public override int? SampleCount => inner.SampleCount;

        public override int? BatchCount => inner.BatchCount;

        public override IReadOnlyList<int[]> Order => inner.Order;

        public override void BeginEpoch(RandomKey? order) => inner.BeginEpoch(order);

        public override void Resume(IReadOnlyList<int[]> order, long batches) => inner.Resume(order, batches);

        public override FeedBatch CreateBatch() => inner.CreateBatch();

        public override bool Fill(FeedBatch batch)
        {
            if (!inner.Fill(batch)) { return false; }
            RandomKey draws = key.Derive(batches++);
            double share = rate();
            if (share > 0) { Replace(batch, draws, share); }
            return true;
        }

        public override void Dispose()
        {
            inner.Dispose();
            base.Dispose();
        }

        // Padding stays, and so does the start.
        private void Replace(FeedBatch batch, RandomKey draws, double share)
        {
            TensorBuffer source = batch.Inputs[0], target = batch.Inputs[1];
            pass.Forward([source, target], [null, null], training: false, keepForBackward: false, default);
            TensorBuffer logits = pass.Output(0);
            (int steps, int classes) = (target[1], logits[^1]);
            guesses.Resize(target.Axes);
            guesses.CopyFrom(target.Span);
            RandomKey places = draws.Derive("places"), words = draws.Derive("words");
            for (int i = 0; i < target.Length; i++)
            {
                if (i % steps == 0 || target.Span[i] == Tokenizer.Padding || places.Uniform((ulong)i) >= share) { continue; }
                guesses.Span[i] = Draw(logits.Span.Slice((i - 1) * classes, classes), words.Uniform((ulong)i));
            }

            target.CopyFrom(guesses.Span);
        }

        // The class at which the sum of probabilities passes u; never padding, which would hide the step.
        private static int Draw(ReadOnlySpan<float> logits, float u)
        {
            (double largest, double sum) = Softmax.Normalizer(logits);
            double left = u * (sum - Math.Exp(logits[Tokenizer.Padding] - largest));
            int last = Tokenizer.Unknown;
            for (int i = Tokenizer.Unknown; i < logits.Length; i++)
            {
                left -= Math.Exp(logits[i] - largest);
                last = i;
                if (left < 0) { break; }
            }

            return last;
        }
    }
}
