using Engram.Data;
using Engram.Generation;
using Engram.Layers;
using Engram.Models;

namespace Engram.Tests.Generation;

public class TextGeneratorTests
{
    private static readonly TextNetworkOptions Small = new() { Units = 15, EmbeddingSize = 6, Layers = 2, Dropout = 0.1f, Seed = 5 };
    private static readonly TextFitOptions Short = new() { Steps = 60, Streams = 4, TimeSteps = 12, LearningRate = 0.02, Evaluations = 4 };

    [Fact]
    public void It_learns_and_the_same_seed_gives_the_same_bits_on_any_number_of_threads()
    {
        string text = Corpus(3000);
        TextGenerator first = TextGenerator.Train(text, Small, Short);
        int before = EngramRuntime.Threads;
        TextGenerator second;
        try
        {
            EngramRuntime.Threads = before == 1 ? 3 : 1;
            second = TextGenerator.Train(text, Small, Short);
        }
        finally { EngramRuntime.Threads = before; }

        Assert.Equal(Values(first.Model), Values(second.Model));
        Assert.Equal(first.Training.Curve, second.Training.Curve);
        Assert.True(first.Training.NatsPerCharacter < 0.9 * UnigramEntropy(text), $"{first.Training.NatsPerCharacter} nats a character");
        Assert.Equal(first.Training.NatsPerToken, first.Training.Curve.Min(loss => loss.HeldOut));
        Assert.Equal((60, 60, 4, 12), (first.Training.Steps, first.Training.StepsMade, first.Training.Streams, first.Training.TimeSteps));
        Assert.Equal([15, 30, 45, 60], first.Training.Curve.Select(loss => loss.Step));
        Assert.Equal((new TextSize(2700, 2700), new TextSize(300, 300)), (first.Training.Trained, first.Training.HeldOut));
        Assert.Equal(first.Training.NatsPerToken / Math.Log(2), first.Training.BitsPerCharacter, 1e-12);
        Assert.Equal(Math.Exp(first.Training.NatsPerToken), first.Training.Perplexity, 1e-12);
    }

    [Fact]
    public void The_held_out_loss_is_that_of_each_token_behind_its_context()
    {
        string text = Corpus(2000);
        TextGenerator generator = TextGenerator.Train(text, Small, Short);
        int[] tokens = generator.Tokenizer.Encode(text);
        // The rows that the loss is computed in: 200 tokens in 29 rows of 7, each behind 256 tokens.
        double sum = 0;
        for (int start = 1800; start < 2000; start += 7)
        {
            int end = Math.Min(2000, start + 7), begin = start - 256;
            NumericArray logits = generator.Model.Predict(NumericArray.Create([.. tokens[begin..end].Select(token => (float)token)], 1, end - begin));
            int width = generator.Tokenizer.Count;
            for (int target = start; target < end; target++)
            {
                double[] row = [.. logits.Span.Slice((target - 1 - begin) * width, width).ToArray().Select(value => (double)value)];
                sum += Math.Log(row.Sum(Math.Exp)) - row[tokens[target]];
            }
        }

        double expected = sum / 200;
        Assert.True(Math.Abs(generator.Training.NatsPerToken - expected) <= 1e-5, $"{generator.Training.NatsPerToken} instead of {expected}");
    }

    [Theory]
    [InlineData(TextTokens.Characters)]
    [InlineData(TextTokens.BytePairs)]
    [InlineData(TextTokens.Words)]
    public void A_saved_generator_writes_the_same_and_can_be_trained_further(TextTokens tokens)
    {
        string folder = Directory.CreateTempSubdirectory("engram-generator-").FullName;
        try
        {
            string path = Path.Combine(folder, "g.keras"), text = Corpus(4000);
            TextGenerator generator = TextGenerator.Train(text, new TextNetworkOptions { Tokens = tokens, VocabularySize = 290, Units = 11, EmbeddingSize = 5, Layers = 1, Seed = 2 }, Short);
            generator.Save(path);
            TextGenerator read = TextGenerator.Load(path);
            var sampling = new SamplingOptions { MaximumTokens = 60, Seed = 3 };
            Assert.Equal(generator.Generate("Ann ", sampling), read.Generate("Ann ", sampling));
            Assert.Equal(tokens, read.Tokens);
            Assert.Equal(generator.Training.Curve, read.Training.Curve);
            Assert.Equal(generator.Training.NatsPerCharacter, read.Training.NatsPerCharacter);
            Assert.Equal(generator.Training.HeldOut, read.Training.HeldOut);

            // Training goes on in both alike, and gets better.
            double before = read.Training.NatsPerToken;
            generator.Fit(text, Short);
            Assert.True(read.Fit(text, Short).NatsPerToken < before);
            Assert.Equal(Values(generator.Model), Values(read.Model));

            Assert.IsType<Sequential>(Network.Load(path)); // what 'engram run' reads
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public void A_file_that_is_no_generator_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("engram-generator-").FullName;
        try
        {
            string path = Path.Combine(folder, "m.keras");
            var model = new Sequential(new Input(3, 2), new Lstm(4), new Dense(1));
            model.Build();
            model.Save(path);
            Assert.Contains("is no text generator", Assert.Throws<EngramException>(() => TextGenerator.Load(path)).Message, StringComparison.Ordinal);

            TextGenerator generator = TextGenerator.Train(Corpus(1500), Small, new TextFitOptions { Steps = 1, Streams = 2, TimeSteps = 4 });
            generator.Save(path);
            Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
            void With(string name, string json, params string[] words)
            {
                generator.Model.Save(path, entries.Where(entry => entry.Key != "state.json").ToDictionary(entry => entry.Key, entry => entry.Key == name ? System.Text.Encoding.UTF8.GetBytes(json) : entry.Value));
                string message = Assert.Throws<EngramException>(() => TextGenerator.Load(path)).Message;
                foreach (string word in words.Append(path)) { Assert.Contains(word, message, StringComparison.Ordinal); }
            }

            With("vocabulary.json", System.Text.Encoding.UTF8.GetString(CharacterTokenizer.Train(["ab"]).ToJson()), "the vocabulary has 6");
            With("generator.json", "{\"type\":\"other\"}", "'other'");
            With("generator.json", "{\"type\":\"engram-text-generator\",\"curve\":[[1,2]]}", "curve");
            With("generator.json", "[1", "engram/generator.json");
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public void Training_stops_early_and_keeps_the_best_weights()
    {
        // The end of the text is of another kind, so the better the rest is learnt, the worse it gets.
        string text = string.Concat(Enumerable.Repeat("abcdefgh", 200)) + string.Concat(Enumerable.Repeat("hagbfced", 25));
        TextGenerator generator = TextGenerator.Train(text, Small, new TextFitOptions { Steps = 400, Streams = 4, TimeSteps = 16, LearningRate = 0.03, Evaluations = 40, Patience = 2, HeldOut = 1.0 / 9 });
        Assert.True(generator.Training.StepsMade < 400);
        TextLoss best = generator.Training.Curve.MinBy(loss => loss.HeldOut);
        Assert.Equal(best.HeldOut, generator.Training.NatsPerToken);
        Assert.Equal(best.Step + 20, generator.Training.StepsMade);
    }

    [Fact]
    public void Minutes_decide_a_number_of_steps_that_gives_the_same_again()
    {
        string text = Corpus(2000);
        TextGenerator timed = TextGenerator.Train(text, Small, new TextFitOptions { Minutes = 0.005, Streams = 4, TimeSteps = 12 });
        Assert.True(timed.Training.Steps >= 1);
        TextGenerator counted = TextGenerator.Train(text, Small, new TextFitOptions { Steps = timed.Training.Steps, Streams = 4, TimeSteps = 12 });
        Assert.Equal(Values(timed.Model), Values(counted.Model));
    }

    [Fact]
    public void What_is_cancelled_leaves_the_generator_as_it_was()
    {
        string text = Corpus(2000);
        TextGenerator generator = TextGenerator.Train(text, Small, Short);
        float[] before = Values(generator.Model);
        using var cancellation = new CancellationTokenSource();
        var progress = new Reporter(progress => { if (progress.Step == 7) { cancellation.Cancel(); } });
        Assert.Throws<OperationCanceledException>(() => generator.Fit(text, Short, progress, cancellation.Token));
        Assert.Equal(before, Values(generator.Model));
        Assert.Equal(7, progress.Last.Step);
        Assert.Equal(60, progress.Last.Steps);
    }

    [Fact]
    public void Texts_that_teach_nothing_are_refused_in_words()
    {
        void Refused(string text, TextFitOptions fit, params string[] words)
        {
            string message = Assert.Throws<EngramException>(() => TextGenerator.Train(text, Small, fit)).Message;
            foreach (string word in words) { Assert.Contains(word, message, StringComparison.Ordinal); }
        }

        Refused("", Short, "The text is empty");
        Refused(" \n\t ", Short, "white space");
        Refused("word", new TextFitOptions(), "too short", "3 tokens", "64 steps");
        Refused(Corpus(400), new TextFitOptions { Streams = 40, TimeSteps = 10 }, "40 streams of 10 steps", "360");
        Refused("\uD800" + Corpus(3000), Short, "half a character");
    }

    [Fact]
    public void A_line_of_a_million_words_is_a_text_like_any_other()
    {
        string text = string.Join(' ', Enumerable.Range(0, 1_000_000).Select(i => i % 7 == 0 ? "and" : $"w{i % 13}"));
        TextGenerator generator = TextGenerator.Train(
            text, new TextNetworkOptions { Tokens = TextTokens.Words, Units = 4, EmbeddingSize = 3, Layers = 1, Dropout = 0 },
            new TextFitOptions { Steps = 2, Streams = 8, TimeSteps = 16, Evaluations = 1, HeldOut = 0.01 });
        Assert.InRange(generator.Training.Trained.Tokens + generator.Training.HeldOut.Tokens, 1_000_000, 1_000_001); // the cut may go through a word
        Assert.StartsWith(" ", string.Concat(generator.Generate("and w1", new SamplingOptions { MaximumTokens = 3 })), StringComparison.Ordinal);
    }

    private static float[] Values(Network model) => [.. model.Weights.SelectMany(weight => weight.Value.Span.ToArray())];

    private static double UnigramEntropy(string text) => text.GroupBy(c => c).Sum(group => -(double)group.Count() / text.Length * Math.Log((double)group.Count() / text.Length));

    // Sentences of a small grammar.
    private static string Corpus(int length)
    {
        string[] who = ["Ann", "Bob", "The cat", "My aunt"], does = ["sees", "likes", "hears", "knows"], what = ["the sea.", "a song!", "Tom.", "old trees."];
        var random = new Random(7);
        var text = new System.Text.StringBuilder();
        while (text.Length < length) { text.Append(who[random.Next(4)]).Append(' ').Append(does[random.Next(4)]).Append(' ').Append(what[random.Next(4)]).Append(random.Next(5) == 0 ? '\n' : ' '); }
        return text.ToString(0, length);
    }

    private sealed class Reporter(Action<TextProgress> report) : IProgress<TextProgress>
    {
        public TextProgress Last { get; private set; }

        public void Report(TextProgress value)
        {
            Last = value;
            report(value);
        }
    }
}
