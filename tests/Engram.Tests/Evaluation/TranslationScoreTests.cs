using System.Text.Json;
using Engram.Evaluation;

namespace Engram.Tests.Evaluation;

public sealed class TranslationScoreTests
{
    private static readonly FixtureFolder Folder = Fixtures.Open("domain");

    [Theory]
    [InlineData("bleu_exp", BleuSmoothing.Exponential)]
    [InlineData("bleu_none", BleuSmoothing.None)]
    public void Bleu_is_sacrebleus(string name, BleuSmoothing smoothing)
    {
        JsonElement golden = Folder[name].Entry;
        Bleu bleu = Bleu.Of(Texts(golden, "hypothesis"), Texts(golden, "reference"), new BleuOptions { Tokenization = BleuTokenization.None, Smoothing = smoothing });
        Assert.Equal(golden.GetProperty("score").GetDouble(), bleu.Score, 1e-9);
        Assert.Equal(golden.GetProperty("brevity_penalty").GetDouble(), bleu.BrevityPenalty, 1e-12);
        Assert.Equal(golden.GetProperty("precisions").EnumerateArray().Select(value => value.GetDouble()), bleu.Precisions, (a, b) => Math.Abs(a - b) <= 1e-9);
    }

    [Fact]
    public void ChrF_is_sacrebleus()
    {
        JsonElement texts = Folder["bleu_exp"].Entry;
        Assert.Equal(Folder["chrf"].Entry.GetProperty("score").GetDouble(), ChrF.Of(Texts(texts, "hypothesis"), Texts(texts, "reference")), 1e-9);
    }

    [Fact]
    public void Word_errors_are_the_golden_ones()
    {
        JsonElement golden = Folder["word_error_rate"].Entry;
        string[] hypotheses = Texts(golden, "hypothesis"), references = Texts(golden, "reference");
        int[] errors = [.. golden.GetProperty("errors").EnumerateArray().Select(value => value.GetInt32())];
        Assert.Equal(errors, hypotheses.Zip(references, ErrorRate.WordErrors));
        int words = references.Sum(text => text.Split(' ').Length);
        Assert.Equal((double)errors.Sum() / words, ErrorRate.OfWords(hypotheses, references), 1e-15);
    }

    [Theory] // what the rules of the script say, by hand
    [InlineData("Hello, world.", "Hello , world .")]
    [InlineData("3.14 and 1,000, or 2-3 (e.g. x-y)!", "3.14 and 1,000 , or 2 - 3 ( e . g . x-y ) !")]
    [InlineData("it's &quot;so&quot; &lt;a&gt; &amp; $5", "it's \" so \" < a > & $ 5")]
    [InlineData("a,,b 5..6 end...", "a , , b 5 . . 6 end . . .")]
    [InlineData("  naïve—«yes».\n", "naïve—«yes» .")]
    [InlineData("one-\ntwo\nthree<skipped>", "onetwo three")]
    public void Punctuation_is_set_apart_as_mteval_does(string text, string words) =>
        Assert.Equal(words.Split(' '), Mteval13a.Separate(text).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Scores_have_their_ends_and_options()
    {
        string[] right = ["The cat sat on the mat .", "A dog ."], wrong = ["x y z u v", "w"];
        Assert.Equal(100, Bleu.Of(right, right).Score, 1e-9);
        Assert.Equal(100, ChrF.Of(right, right), 1e-9);
        Assert.Equal(0, Bleu.Of(wrong, right).Score);
        Assert.Equal(0, ChrF.Of(wrong, ["b b b", "c"]));
        Assert.Equal(0, Bleu.Of(["", ""], right).Score);
        Assert.Equal(0, Bleu.Of(["", ""], right).BrevityPenalty);
        Assert.Equal(0, Bleu.Of(["the dog sat"], ["the cat sat on"], new BleuOptions { Smoothing = BleuSmoothing.None }).Score);

        // By hand: 2/3 words, pairs 0 of 2, triples 0 of 1, no fours, so p₄ = 0.
        Assert.Equal([200 / 3.0, 25, 25, 0], Bleu.Of(["the dog sat"], ["the cat sat on"]).Precisions, (a, b) => Math.Abs(a - b) <= 1e-12);
        Assert.Equal(Math.Exp(1 - (4 / 3.0)), Bleu.Of(["the dog sat"], ["the cat sat on"]).BrevityPenalty, 1e-12);
        Assert.True(Bleu.Of(["THE CAT SAT ON"], ["the cat sat on"], new BleuOptions { Lowercase = true }).Score > 99.9);
        Assert.Equal(100, Bleu.Of(["Hello , world ."], ["Hello, world."]).Score, 1e-9);
    }

    [Fact]
    public void A_word_counts_at_most_as_often_as_it_is_there() =>
        Assert.Equal(200 / 7.0, Bleu.Of(["the the the the the the the"], ["the cat is on the mat"]).Precisions[0], 1e-12); // Papineni et al. 2002

    [Fact]
    public void Character_errors_are_counted_in_characters()
    {
        Assert.Equal(1, ErrorRate.CharacterErrors("a😀c", "a😎c"));
        Assert.Equal(3, ErrorRate.CharacterErrors("sitting", "kitten"));
        Assert.Equal(3, EditDistance.Between<char>("kitten", "sitting"));
        Assert.Equal(5 / 9.0, ErrorRate.OfCharacters(["sitting", "x"], ["kitten", "xyz"]), 1e-12);
        Assert.Equal(2, ErrorRate.OfWords(["a b"], ["c"]), 1e-12);
    }

    [Fact]
    public void What_cannot_be_judged_is_an_error()
    {
        Assert.Contains("1 texts to judge and 2 right texts", Assert.Throws<EngramException>(() => Bleu.Of(["a"], ["a", "b"])).Message, StringComparison.Ordinal);
        Assert.Contains("no texts", Assert.Throws<EngramException>(() => ChrF.Of([], [])).Message, StringComparison.Ordinal);
        Assert.Contains("have no words", Assert.Throws<EngramException>(() => ErrorRate.OfWords(["a"], [" "])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Perplexity_is_the_size_of_an_even_choice()
    {
        Assert.Equal(26, Perplexity.OfLoss(Math.Log(26)), 1e-12);
        Assert.Equal(1.5, Perplexity.BitsPerCharacter(3 * Math.Log(2), tokens: 10, characters: 20), 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => Perplexity.OfLoss(double.NaN));
    }

    private static string[] Texts(JsonElement golden, string name) => [.. golden.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];
}
