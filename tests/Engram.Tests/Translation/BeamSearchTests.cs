using Engram.Data;
using Engram.Translation;

namespace Engram.Tests.Translation;

/// <summary>Beam search against a search through everything, on vocabularies so small that there is no more to find.</summary>
public sealed class BeamSearchTests
{
    private const int Vocabulary = 7, Sources = 3;

    // What may follow: the unknown word, the end and the words themselves.
    private static readonly int[] Possible = [1, 3, 4, 5, 6];

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 0.6, 0)]
    [InlineData(3, 1, 0)]
    [InlineData(4, 1, 0.3)]
    [InlineData(5, 2, 0.2)]
    [InlineData(6, 0, 1)]
    public void A_wide_beam_finds_the_best_of_all(int seed, double alpha, double beta)
    {
        const int Longest = 4;
        var options = new DecodingOptions { Beam = 700, LengthPenalty = alpha, CoveragePenalty = beta, MaxLength = Longest };
        Hypothesis[] found = new BeamSearch(new RandomSteps(seed), options).Run([Sources, Sources]);
        for (int sentence = 0; sentence < 2; sentence++)
        {
            var model = new RandomSteps(seed);
            (double best, int[] tokens) = (double.NegativeInfinity, []);
            foreach (int[] whole in Everything(Longest))
            {
                double score = Score(model, sentence, whole, alpha, beta);
                if (score > best) { (best, tokens) = (score, whole); }
            }

            Assert.Equal(tokens, found[sentence].Path().Select(step => step.Token));
            Assert.True(Math.Abs(best - found[sentence].Score) <= 1e-5, $"{best} by all, {found[sentence].Score} by the beam");
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void A_beam_of_one_takes_the_most_likely_word_each_time(int seed)
    {
        var options = new DecodingOptions { Beam = 1, MaxLength = 12 };
        Hypothesis[] found = new BeamSearch(new RandomSteps(seed), options).Run([Sources, Sources, Sources]);
        var model = new RandomSteps(seed);
        for (int sentence = 0; sentence < found.Length; sentence++)
        {
            List<int> tokens = [];
            while (tokens.Count < 12 && (tokens.Count == 0 || tokens[^1] != Tokenizer.End))
            {
                float[] logits = model.Logits(sentence, tokens);
                tokens.Add(Possible.MaxBy(token => logits[token]));
            }

            Assert.Equal(tokens, found[sentence].Path().Select(step => step.Token));
        }
    }

    [Fact]
    public void A_wider_beam_finds_no_worse_a_translation_here()
    {
        for (int seed = 20; seed < 30; seed++)
        {
            double Found(int beam) => new BeamSearch(new RandomSteps(seed), new DecodingOptions { Beam = beam, MaxLength = 5, LengthPenalty = 0 }).Run([Sources])[0].Score;
            Assert.True(Found(700) >= Found(1) - 1e-6);
        }
    }

    [Theory]
    [InlineData(0, 7, 1)]
    [InlineData(1, 7, 2)]
    [InlineData(0.5, 7, 1.4142135623730951)]
    [InlineData(2, 13, 9)]
    public void Length_is_normalised_as_in_the_paper(double alpha, int length, double expected) =>
        Assert.Equal(expected, new DecodingOptions { LengthPenalty = alpha }.Norm(length), 12);

    [Fact]
    public void A_model_that_says_what_is_no_number_is_refused()
    {
        var error = Assert.Throws<EngramException>(() => new BeamSearch(new RandomSteps(1) { Spoilt = true }, new DecodingOptions()).Run([Sources]));
        Assert.Contains("not finite", error.Message);
    }

    [Fact]
    public void Options_say_what_would_be_right()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodingOptions { Beam = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodingOptions { LengthPenalty = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodingOptions { CoveragePenalty = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodingOptions { MaxLength = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodingOptions { BatchSize = 0 });
    }

    // Every sequence of words that ends within so many tokens.
    private static IEnumerable<int[]> Everything(int longest)
    {
        List<int[]> open = [[]];
        for (int length = 1; length <= longest; length++)
        {
            foreach (int[] begun in open) { yield return [.. begun, Tokenizer.End]; }
            open = [.. open.SelectMany(begun => Possible.Where(token => token != Tokenizer.End).Select(token => (int[])[.. begun, token]))];
        }
    }

    private static double Score(RandomSteps model, int sentence, int[] whole, double alpha, double beta)
    {
        double logProbability = 0;
        var sums = new double[Sources];
        for (int i = 0; i < whole.Length; i++)
        {
            float[] logits = model.Logits(sentence, whole[..i]);
            logProbability += logits[whole[i]] - Math.Log(logits.Sum(z => Math.Exp(z)));
            float[] attention = model.Attention(sentence, whole[..i]);
            for (int k = 0; k < Sources; k++) { sums[k] += attention[k]; }
        }

        return (logProbability / Math.Pow((5.0 + whole.Length) / 6, alpha)) + (beta * sums.Sum(sum => Math.Log(Math.Min(sum, 1))));
    }

    /// <summary>A model whose guesses and attention follow from the sentence and all tokens so far.</summary>
    private sealed class RandomSteps(int seed) : IDecoderSteps
    {
        private List<(int Sentence, int[] Tokens)> rows = [];
        private bool begun;

        public bool Spoilt { get; init; }

        public void Step(ReadOnlySpan<int> tokens, ReadOnlySpan<int> parents)
        {
            var next = new List<(int, int[])>();
            for (int i = 0; i < tokens.Length; i++)
            {
                next.Add(begun ? (rows[parents[i]].Sentence, [.. rows[parents[i]].Tokens, tokens[i]]) : (parents[i], []));
            }

            (rows, begun) = (next, true);
        }

        public ReadOnlySpan<float> Logits(int row) => Logits(rows[row].Sentence, rows[row].Tokens);

        public ReadOnlySpan<float> Attention(int row) => Attention(rows[row].Sentence, rows[row].Tokens);

        public float[] Logits(int sentence, IReadOnlyList<int> tokens)
        {
            var logits = new float[Vocabulary];
            for (int i = 0; i < Vocabulary; i++) { logits[i] = Spoilt ? float.NaN : (float)Key(sentence, tokens).Normal((ulong)i); }
            return logits;
        }

        public float[] Attention(int sentence, IReadOnlyList<int> tokens)
        {
            var attention = new float[Sources];
            for (int i = 0; i < Sources; i++) { attention[i] = 0.05f + Key(sentence, tokens).Uniform((ulong)i); }
            float sum = attention.Sum();
            return [.. attention.Select(weight => weight / sum)];
        }

        private RandomKey Key(int sentence, IReadOnlyList<int> tokens)
        {
            RandomKey key = new RandomKey(seed).Derive(sentence);
            foreach (int token in tokens) { key = key.Derive(token); }
            return key;
        }
    }
}
