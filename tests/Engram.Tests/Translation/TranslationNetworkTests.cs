using Engram.Data;
using Engram.Layers;
using Engram.Training;
using Engram.Translation;

namespace Engram.Tests.Translation;

/// <summary>The network of a translator: padding changes nothing, and one step after the other is the same as all steps together.</summary>
public sealed class TranslationNetworkTests
{
    private const int SourceWords = 11, TargetWords = 9;

    private static readonly int[][] Sources = [[4, 9, 10, 3], [7, 3], [5, 4, 8, 6, 10, 9, 3]];
    private static readonly int[][] Targets = [[2, 8, 5, 7, 6, 3], [2, 4, 3], [2, 7, 7, 3]];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    public void Steps_one_by_one_are_those_of_teacher_forcing(int encoderLayers, int decoderLayers)
    {
        TranslationNetwork network = Network(encoderLayers, decoderLayers);
        TensorBuffer all = Logits(network, Sources, Targets);
        var steps = new DecoderSteps(network);
        steps.Encode(Sources);
        int longest = Targets.Max(tokens => tokens.Length) - 1, compared = 0;
        for (int t = 0; t < longest; t++)
        {
            // Rows end when their words do; the others move up, as in a search.
            int[] live = [.. Enumerable.Range(0, 3).Where(i => Targets[i].Length - 1 > t)], before = [.. Enumerable.Range(0, 3).Where(i => Targets[i].Length - 1 > t - 1)];
            steps.Step([.. live.Select(i => Targets[i][t])], [.. live.Select(i => t == 0 ? i : Array.IndexOf(before, i))]);
            for (int row = 0; row < live.Length; row++)
            {
                ReadOnlySpan<float> expected = all.Span.Slice(((live[row] * longest) + t) * TargetWords, TargetWords), got = steps.Logits(row);
                for (int k = 0; k < TargetWords; k++)
                {
                    Assert.True(Math.Abs(expected[k] - got[k]) <= 1e-6, $"sentence {live[row]}, step {t}, word {k}: {expected[k]} together, {got[k]} by itself");
                    compared++;
                }

                float sum = 0;
                for (int k = 0; k < Sources[live[row]].Length; k++) { sum += steps.Attention(row)[k]; }
                Assert.True(Math.Abs(sum - 1) <= 1e-5, $"attention to the words adds up to {sum}, padding has the rest");
            }
        }

        Assert.Equal(Targets.Sum(tokens => tokens.Length - 1) * TargetWords, compared);
    }

    [Fact]
    public void Padding_changes_no_guess()
    {
        TranslationNetwork network = Network(1, 2);
        TensorBuffer together = Logits(network, Sources, Targets);
        int longest = together[1];
        for (int i = 0; i < Sources.Length; i++)
        {
            TensorBuffer alone = Logits(network, [Sources[i]], [Targets[i]]);
            for (int k = 0; k < alone.Length; k++)
            {
                float a = alone.Span[k], b = together.Span[(i * longest * TargetWords) + k];
                Assert.True(Math.Abs(a - b) <= 1e-6, $"sentence {i}: {a} alone, {b} with others");
            }
        }
    }

    [Fact]
    public void Padding_changes_no_gradient()
    {
        TranslationNetwork network = Network(1, 2);
        double[] together = Gradient(network, Sources, Targets), sum = new double[together.Length];
        for (int i = 0; i < Sources.Length; i++)
        {
            double[] own = Gradient(network, [Sources[i]], [Targets[i]]);
            for (int k = 0; k < sum.Length; k++) { sum[k] += own[k] * (Targets[i].Length - 1); }
        }

        int words = Targets.Sum(tokens => tokens.Length - 1);
        double largest = together.Max(Math.Abs);
        Assert.True(largest > 1e-3);
        for (int k = 0; k < sum.Length; k++) { Assert.True(Math.Abs(together[k] - (sum[k] / words)) <= 2e-6 * Math.Max(1, largest), $"{k}: {together[k]} together, {sum[k] / words} apart"); }
    }

    [Fact]
    public void Pairs_are_padded_with_zeros_and_shifted_by_one()
    {
        using Feed feed = ((IDataset)new SequencePairs(Sources, Targets)).CreateFeed(new FeedRequest { BatchSize = 2, InputNames = ["a", "b"], TargetNames = ["y"] });
        feed.BeginEpoch(null);
        FeedBatch batch = feed.Next()!; // the two shortest targets
        Assert.Equal([7, 3, 0, 0, 0, 0, 0, 5, 4, 8, 6, 10, 9, 3], batch.Inputs[0].Span.ToArray());
        Assert.Equal([2, 4, 0, 2, 7, 7], batch.Inputs[1].Span.ToArray());
        Assert.Equal([4, 3, 0, 7, 7, 3], batch.Targets[0].Span.ToArray());
        Assert.Equal(1, feed.Next()!.Rows);
        Assert.Null(feed.Next());
    }

    [Fact]
    public void Pairs_that_cannot_be_are_refused()
    {
        Assert.Contains("2 sources and 1 targets", Message([[4], [5]], [[2, 3]]));
        Assert.Contains("no pairs", Message([], []));
        Assert.Contains("source of pair 0 has 0 tokens", Message([[]], [[2, 3]]));
        Assert.Contains("target of pair 1 has 1 tokens", Message([[4], [4]], [[2, 3], [2]]));
        Assert.Contains("the token 0", Message([[4, 0]], [[2, 3]]));

        static string Message(int[][] source, int[][] target) => Assert.Throws<EngramException>(() => new SequencePairs(source, target)).Message;
    }

    private static TranslationNetwork Network(int encoderLayers, int decoderLayers) => TranslationNetwork.Create(
        new TranslationOptions { Units = 5, Embedding = 6, EncoderLayers = encoderLayers, DecoderLayers = decoderLayers, Seed = 3 }, SourceWords, TargetWords);

    private static TensorBuffer Logits(TranslationNetwork network, int[][] sources, int[][] targets)
    {
        (NetworkPass pass, FeedBatch batch) = InOrder(network, sources, targets);
        pass.Forward(batch.Inputs, batch.Masks, training: false, keepForBackward: false, default);
        return pass.Output(0);
    }

    private static double[] Gradient(TranslationNetwork network, int[][] sources, int[][] targets)
    {
        (NetworkPass pass, FeedBatch batch) = InOrder(network, sources, targets);
        foreach (Weight weight in network.Training.Weights) { weight.ClearGradient(); }
        pass.Forward(batch.Inputs, batch.Masks, training: false, keepForBackward: true, default);
        new BatchLoss(new SmoothedCrossentropyLoss(0.1)).Compute(batch.Targets[0], pass.Output(0), pass.OutputMask(0), default, pass.PrepareOutputGradient(0));
        pass.Backward(default);
        return [.. network.Training.Weights.SelectMany(weight => weight.Gradient.Span.ToArray()).Select(value => (double)value)];
    }

    // One batch whose rows stand in the order that was given, whatever their lengths.
    private static (NetworkPass Pass, FeedBatch Batch) InOrder(TranslationNetwork network, int[][] sources, int[][] targets)
    {
        var batch = new FeedBatch(2, 1);
        Fill(sources, 0, 0, batch.Inputs[0]);
        Fill(targets, 0, 1, batch.Inputs[1]);
        Fill(targets, 1, 0, batch.Targets[0]);
        return (((INetwork)network.Training).CreatePass(), batch);

        static void Fill(int[][] tokens, int skipped, int left, TensorBuffer to)
        {
            int steps = tokens.Max(row => row.Length) - skipped - left;
            to.Resize(tokens.Length, steps);
            to.Clear();
            for (int i = 0; i < tokens.Length; i++)
            {
                for (int t = 0; t < tokens[i].Length - skipped - left; t++) { to.Span[(i * steps) + t] = tokens[i][t + skipped]; }
            }
        }
    }
}
