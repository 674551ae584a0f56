using Engram.Data;
using Engram.Generation;

namespace Engram.Tests.Generation;

public class TokenSamplerTests
{
    private const int Tokens = 27;

    public static TheoryData<double, int?, double, double> Ways => new()
    {
        { 1, null, 1, 1 }, { 0.7, null, 1, 1 }, { 1.4, 5, 1, 1 }, { 1, 40, 1, 1 }, { 1, 1, 1, 1 }, { 0.9, null, 0.6, 1 }, { 1, 9, 0.8, 1 }, { 1.1, null, 1, 1.7 }, { 0.8, 6, 0.9, 0.6 },
        { 0, null, 1, 1 }, { 0, null, 1, 2.5 }, { 1, null, 1e-9, 1 },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Draws_are_those_of_a_plain_implementation(double temperature, int? topK, double topP, double penalty)
    {
        var options = new SamplingOptions { Temperature = temperature, TopK = topK, TopP = topP, RepetitionPenalty = penalty, RepetitionWindow = 5, Seed = 11 };
        var sampler = new TokenSampler(options, Tokens);
        var reference = new Reference(options);
        var random = new Random(3);
        var drawn = new HashSet<int>();
        for (int i = 0; i < 400; i++)
        {
            float[] logits = Logits(random);
            int token = sampler.Draw(logits);
            Assert.Equal(reference.Draw(logits), token);
            Assert.True(token >= Tokenizer.Reserved);
            drawn.Add(token);
            sampler.Note(token);
            reference.Recent.Add(token);
        }

        Assert.True(drawn.Count > 5);
    }

    [Fact]
    public void Without_limits_tokens_come_as_often_as_their_probabilities_say()
    {
        const int Count = 40_000;
        float[] logits = Logits(new Random(5));
        var sampler = new TokenSampler(new SamplingOptions { Seed = 2 }, Tokens);
        var counts = new int[Tokens];
        for (int i = 0; i < Count; i++) { counts[sampler.Draw(logits)]++; }
        double sum = logits.Skip(Tokenizer.Reserved).Sum(logit => Math.Exp(logit));
        for (int token = Tokenizer.Reserved; token < Tokens; token++)
        {
            double p = Math.Exp(logits[token]) / sum, deviation = Math.Sqrt(Count * p * (1 - p));
            Assert.InRange(counts[token], (Count * p) - (5 * deviation) - 1, (Count * p) + (5 * deviation) + 1);
        }

        Assert.Equal(0, counts.Take(Tokenizer.Reserved).Sum());
    }

    [Fact]
    public void Of_equally_likely_tokens_the_first_is_the_likeliest()
    {
        var logits = new float[Tokens];
        logits[9] = logits[6] = logits[20] = 1;
        Assert.Equal(6, new TokenSampler(new SamplingOptions { Temperature = 0 }, Tokens).Draw(logits));
        Assert.Equal(6, new TokenSampler(new SamplingOptions { TopK = 1 }, Tokens).Draw(logits));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        foreach (SamplingOptions options in (SamplingOptions[])[new(), new() { TopK = 7, TopP = 0.8, RepetitionPenalty = 1.2 }])
        {
            var sampler = new TokenSampler(options, Tokens);
            float[] logits = Logits(new Random(8));
            long least = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 100; i++) { sampler.Note(sampler.Draw(logits)); }
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            Assert.Equal(0, least);
        }
    }

    [Fact]
    public void Options_refuse_what_makes_no_sense()
    {
        Assert.Contains("temperature", Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { Temperature = double.NaN }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopK = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopP = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { TopP = 1.01 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { RepetitionPenalty = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SamplingOptions { MaximumTokens = 0 });
        Assert.Throws<ArgumentException>(() => new SamplingOptions { StopStrings = ["a", ""] });
    }

    private static float[] Logits(Random random)
    {
        var logits = new float[Tokens];
        for (int i = 0; i < Tokens; i++) { logits[i] = (float)(6 * random.NextDouble()) - 3; }
        logits[7] = logits[12]; // a tie
        logits[Tokenizer.Unknown] = 50; // never drawn all the same
        return logits;
    }

    // Lists, sorting and double precision.
    private sealed class Reference(SamplingOptions options)
    {
        private readonly RandomKey key = new RandomKey(options.Seed).Derive("sampling");
        private ulong drawn;

        public List<int> Recent { get; } = [];

        public int Draw(float[] logits)
        {
            var recent = Recent.TakeLast(options.RepetitionWindow).ToHashSet();
            var values = Enumerable.Range(Tokenizer.Reserved, logits.Length - Tokenizer.Reserved).ToDictionary(token => token, token =>
                !recent.Contains(token) ? logits[token] : logits[token] > 0 ? logits[token] / options.RepetitionPenalty : logits[token] * options.RepetitionPenalty);
            List<int> order = [.. values.Keys.OrderByDescending(token => values[token]).ThenBy(token => token)];
            if (options.Temperature == 0) { return order[0]; }
            (uint a, uint b, _, _) = key.Words(drawn++);
            double u = ((((ulong)a << 32) | b) >> 11) / 9007199254740992.0;
            if (options.TopK is int k) { order = [.. order.Take(k)]; }
            var p = order.ToDictionary(token => token, token => Math.Exp((values[token] - values[order[0]]) / options.Temperature));
            double all = p.Values.Sum(), sum = 0;
            if (options.TopP < 1)
            {
                var nucleus = new List<int>();
                foreach (int token in order)
                {
                    nucleus.Add(token);
                    if ((sum += p[token]) >= options.TopP * all) { break; }
                }

                order = nucleus;
            }

            if (options.TopK is null && options.TopP == 1) { order.Sort(); }
            double threshold = u * order.Sum(token => p[token]);
            sum = 0;
            foreach (int token in order)
            {
                if ((sum += p[token]) > threshold) { return token; }
            }

            return order[^1];
        }
    }
}
