using System.Text;
using Engram.Data;
using Engram.Generation;
using Engram.Models;

namespace Engram.Tests.Generation;

public class TextSessionTests
{
    private const string Sample = "The fox said: \"Where is the hen?\" A hen's egg, 3.5 ounces – \"Gone,\" said the dog; who'd know?\nNight fell. ";

    [Fact]
    public void Calls_in_a_row_write_what_one_long_call_writes()
    {
        TextGenerator generator = Untrained(TextTokens.Characters);
        using TextSession parts = generator.OpenSession(new SamplingOptions { Seed = 4, MaximumTokens = 30, TopK = 12, RepetitionPenalty = 1.1 });
        using TextSession whole = generator.OpenSession(new SamplingOptions { Seed = 4, MaximumTokens = 90, TopK = 12, RepetitionPenalty = 1.1 });
        parts.Read("The ");
        parts.Read("dog");
        whole.Read("The dog");
        Assert.Equal(whole.WriteAll(), parts.WriteAll() + parts.WriteAll() + parts.WriteAll());
    }

    [Fact]
    public void A_seed_decides_the_text()
    {
        TextGenerator generator = Untrained(TextTokens.Characters);
        string first = generator.Generate("fox", new SamplingOptions { Seed = 1, MaximumTokens = 80 });
        Assert.Equal(80, first.Length);
        Assert.Equal(first, generator.Generate("fox", new SamplingOptions { Seed = 1, MaximumTokens = 80 }));
        Assert.NotEqual(first, generator.Generate("fox", new SamplingOptions { Seed = 2, MaximumTokens = 80 }));
        Assert.NotEqual(first, generator.Generate("dog", new SamplingOptions { Seed = 1, MaximumTokens = 80 }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public void It_ends_before_a_stop_string_that_spans_pieces(int length)
    {
        TextGenerator generator = Untrained(TextTokens.Characters);
        string free = generator.Generate("fox", new SamplingOptions { Seed = 6, MaximumTokens = 200 });
        string stop = free.Substring(100, length);
        using TextSession session = generator.OpenSession(new SamplingOptions { Seed = 6, MaximumTokens = 200, StopStrings = [new string('\u20AC', 3), stop] });
        session.Read("fox");
        Assert.Equal(free[..free.IndexOf(stop, StringComparison.Ordinal)], session.WriteAll());
        Assert.True(session.Stopped);

        using TextSession other = generator.OpenSession(new SamplingOptions { Seed = 6, MaximumTokens = 200, StopStrings = [free[^3..] + "\u20AC"] });
        other.Read("fox");
        Assert.Equal(free, other.WriteAll());
        Assert.False(other.Stopped);
    }

    [Fact]
    public void What_may_begin_a_stop_string_is_held_back_and_no_more()
    {
        var search = new StopSearch(["aab", "xyz"]);
        Assert.Equal("q", search.Add("q"));
        Assert.Equal("", search.Add("a"));
        Assert.Equal("", search.Add("a"));
        Assert.Equal("a", search.Add("a")); // aaa: the last two may still begin aab
        Assert.Equal("aax", search.Add("xx"));
        Assert.False(search.Found);
        Assert.Equal("x", search.Rest());
        Assert.Equal("12", search.Add("12aa"));
        Assert.Equal("", search.Add("bcd"));
        Assert.True(search.Found);
    }

    [Theory]
    [InlineData(TextTokens.Characters)]
    [InlineData(TextTokens.BytePairs)]
    [InlineData(TextTokens.Words)]
    public void Pieces_put_together_are_the_decoded_text(TextTokens kind)
    {
        Tokenizer tokenizer = Learn(kind);
        string text = string.Concat(Enumerable.Repeat(Sample, 9)) + (kind == TextTokens.BytePairs ? "😀 naïve Straße 中文" : "");
        int[] tokens = tokenizer.Encode(text);
        PieceDecoder decoder = PieceDecoder.For(tokenizer);
        var joined = new StringBuilder();
        foreach (int token in tokens) { joined.Append(decoder.Add(token)); }
        Assert.Equal(tokenizer.Decode(tokens), joined.ToString());
        if (kind != TextTokens.Words) { Assert.Equal(text, joined.ToString()); }
    }

    [Fact]
    public void An_unknown_character_of_a_prompt_is_named_and_nothing_is_read()
    {
        using TextSession session = Untrained(TextTokens.Characters).OpenSession(new SamplingOptions { MaximumTokens = 20 });
        string message = Assert.Throws<EngramException>(() => session.Read("fo€x")).Message;
        Assert.Contains("character 3 '€' (U+20AC)", message, StringComparison.Ordinal);
        using TextSession fresh = Untrained(TextTokens.Characters).OpenSession(new SamplingOptions { MaximumTokens = 20 });
        Assert.Equal(fresh.WriteAll(), session.WriteAll());
        Assert.Equal(["zebra", "Unicorn"], Untrained(TextTokens.Words).UnknownWords("the zebra said Unicorn zebra"));
        Assert.Empty(Untrained(TextTokens.Characters).UnknownWords("€"));
    }

    [Fact]
    public void Surprise_is_the_cross_entropy_of_what_the_model_predicts()
    {
        TextGenerator generator = Untrained(TextTokens.Characters);
        const string Context = "The fox said", Text = ": \"Where is";
        int[] tokens = generator.Tokenizer.Encode(Context + Text);
        NumericArray logits = generator.Model.Predict(NumericArray.Create([.. tokens.Select(token => (float)token)], 1, tokens.Length));
        IReadOnlyList<TokenSurprise> surprises = generator.Surprise(Context, Text);
        Assert.Equal(Text.Select(c => c.ToString()), surprises.Select(surprise => surprise.Text));
        int width = generator.Tokenizer.Count;
        for (int i = 0; i < Text.Length; i++)
        {
            double[] row = [.. logits.Span.Slice((Context.Length + i - 1) * width, width).ToArray().Select(value => (double)value)];
            double expected = Math.Log(row.Sum(Math.Exp)) - row[tokens[Context.Length + i]];
            Assert.True(Math.Abs(surprises[i].Nats - expected) <= 1e-6, $"{surprises[i].Nats} instead of {expected}");
        }
    }

    [Fact]
    public void Writing_characters_allocates_nothing()
    {
        using TextSession session = Untrained(TextTokens.Characters).OpenSession();
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++) { session.Next(); }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    internal static Tokenizer Learn(TextTokens kind) => TextParts.Learn(Sample, new TextNetworkOptions { Tokens = kind, VocabularySize = kind == TextTokens.BytePairs ? 300 : null });

    // Random weights, large enough for texts that depend on what was read.
    private static TextGenerator Untrained(TextTokens kind)
    {
        Tokenizer tokenizer = Learn(kind);
        var options = new TextNetworkOptions { Tokens = kind, Units = 13, EmbeddingSize = 7, Seed = 9 };
        Sequential model = LanguageNetwork.Create(options, tokenizer.Count, stateful: false);
        foreach (Engram.Layers.Weight weight in model.Weights)
        {
            foreach (ref float value in weight.Value.Span) { value *= 2.5f; }
        }

        return new TextGenerator(tokenizer, options, model, null);
    }
}
