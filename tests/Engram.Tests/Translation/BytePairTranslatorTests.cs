using Engram.Data;
using Engram.Translation;

namespace Engram.Tests.Translation;

/// <summary>Translators whose tokens are byte pairs.</summary>
public sealed class BytePairTranslatorTests : IDisposable
{
    private static readonly Lazy<Translator> Learnt = new(() => Translator.Train(Capitals(ToyLanguage.Training), Options, Capitals(ToyLanguage.Validation)));

    private readonly string folder = Directory.CreateTempSubdirectory("engram-translation-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_toy_language_is_learnt_in_pieces_with_its_capitals()
    {
        SentencePairs test = Capitals(ToyLanguage.Pairs(9, 60));
        IReadOnlyList<TranslatedText> texts = Learnt.Value.Translate(test.Source);
        int right = texts.Zip(test.Target).Count(pair => pair.First.Text == pair.Second);
        Assert.True(right >= 48, $"{right} of 60, such as '{texts[0].Source}' -> '{texts[0].Text}'");
        Assert.True(Learnt.Value.Perplexity(test) < 1.5);
        Assert.IsType<BytePairTokenizer>(Learnt.Value.TargetTokenizer);
        Assert.InRange(Learnt.Value.SourceTokenizer.Count, 280, 300);
        Assert.Contains("byte pairs", Learnt.Value.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void The_pieces_join_to_the_texts_and_attention_has_one_of_each()
    {
        TranslatedText text = Learnt.Value.Translate("  Eins zwei drei ");
        Assert.Equal("Three two one", text.Text);
        Assert.Equal([" Eins", " zwei", " drei", "[END]"], text.SourceWords);
        Assert.Equal([" Three", " two", " one", "[END]"], text.Words);
        Assert.Empty(text.UnknownWords);

        text = Learnt.Value.Translate("Dreieins  zweimalvier!"); // words that it has not seen
        Assert.Equal(" Dreieins  zweimalvier![END]", string.Concat(text.SourceWords));
        Assert.True(text.SourceWords.Count > 6, "no word is in pieces");
        Assert.Equal($" {text.Text}[END]", string.Concat(text.Words));
        Assert.Equal((text.Words.Count, text.SourceWords.Count), (text.Attention.GetLength(0), text.Attention.GetLength(1)));
        Assert.Empty(text.UnknownWords);
    }

    [Fact]
    public void The_probability_of_a_search_is_that_of_teacher_forcing()
    {
        Translator translator = Translator.Train(Capitals(ToyLanguage.Pairs(3, 80)), new TranslationOptions { Tokens = TranslationTokens.BytePairs, MaxTokens = 300, Units = 7, Embedding = 5, Epochs = 2, Seed = 1 });
        int compared = 0;
        foreach (TranslatedText text in translator.Translate(["Eins zwei", "Drei", "Vier null fünf eins"], new DecodingOptions { Beam = 3, LengthPenalty = 0, MaxLength = 200 }))
        {
            Assert.DoesNotContain("[UNK]", text.Words);
            // What a model that has learnt little writes is not always how the text is cut.
            if (text.Words[^1] != "[END]" || text.Text.Length == 0 || text.Text.Trim() != text.Text) { continue; }
            int[] again = translator.TargetTokenizer.Encode($" {text.Text}");
            if (!again.Select(token => translator.TargetTokenizer.Vocabulary[token]).SequenceEqual(text.Words.SkipLast(1))) { continue; }
            compared++;
            double perplexity = translator.Perplexity(new SentencePairs([text.Source], [text.Text]));
            Assert.True(Math.Abs(Math.Exp(-text.LogProbability / text.Words.Count) - perplexity) <= 1e-4 * perplexity, $"{text}: {text.LogProbability} by search, perplexity {perplexity} by teacher forcing");
        }

        foreach (TranslatedText text in Learnt.Value.Translate(["Eins zwei", "Drei", "Vier null fünf eins"], new DecodingOptions { LengthPenalty = 0 }))
        {
            compared++;
            double perplexity = Learnt.Value.Perplexity(new SentencePairs([text.Source], [text.Text]));
            Assert.True(Math.Abs(Math.Exp(-text.LogProbability / text.Words.Count) - perplexity) <= 1e-4 * perplexity, $"{text}: {text.LogProbability} by search, perplexity {perplexity} by teacher forcing");
        }

        Assert.True(compared >= 3);
    }

    [Fact]
    public void Nothing_is_unknown_and_odd_sentences_have_a_right_answer_or_a_clear_error()
    {
        Assert.Equal(["", "", "Two"], Learnt.Value.Translate(["", " \t\n", "Zwei"]).Select(text => text.Text));
        TranslatedText strange = Learnt.Value.Translate("日本語 ☃ \u0000");
        Assert.Empty(strange.UnknownWords);
        Assert.Contains("<0x", string.Concat(strange.SourceWords), StringComparison.Ordinal);
        Assert.True(double.IsFinite(strange.LogProbability));
        Assert.Contains("sentence 2 has", Assert.Throws<EngramException>(() => Learnt.Value.Translate(["eins", string.Join(' ', Enumerable.Repeat("eins", 1_000_000))])).Message);
        Assert.Contains("byte pairs; at most 2000", Assert.Throws<EngramException>(() => Learnt.Value.Translate(new string('x', 2001))).Message);
        Assert.Contains("half a character", Assert.Throws<EngramException>(() => Learnt.Value.Translate("eins \ud800")).Message);
    }

    [Fact]
    public void A_file_keeps_all_of_it()
    {
        string path = Path.Combine(folder, "toy.keras");
        Learnt.Value.Save(path);
        Translator read = Translator.Load(path);
        Assert.Equal(Learnt.Value.SourceTokenizer.Vocabulary, read.SourceTokenizer.Vocabulary);
        IReadOnlyList<TranslatedText> expected = Learnt.Value.Translate(["Eins zwei", "fünf"]), got = read.Translate(["Eins zwei", "fünf"]);
        Assert.Equal(expected.Select(text => (text.Text, text.LogProbability)), got.Select(text => (text.Text, text.LogProbability)));
    }

    [Fact]
    public void Vocabularies_of_other_kinds_and_sizes_are_refused()
    {
        string path = Path.Combine(folder, "other.keras");
        void Refused(string message, byte[] source, byte[]? target = null)
        {
            var model = new Engram.Models.Model([.. Learnt.Value.Model.Inputs], [.. Learnt.Value.Model.Outputs]);
            model.Build();
            model.Save(path, new Dictionary<string, ReadOnlyMemory<byte>> { ["translation/source.json"] = source, ["translation/target.json"] = target ?? Learnt.Value.TargetTokenizer.ToJson() });
            Assert.Contains(message, Assert.Throws<EngramException>(() => Translator.Load(path)).Message);
        }

        Refused("engram/translation/source.json: is a vocabulary of characters", CharacterTokenizer.Train(["abc"]).ToJson());
        Refused("engram/translation/source.json: 'type' is 'sentences'; known are", "{\"type\":\"sentences\"}"u8.ToArray());
        Refused("engram/translation/source.json has 260 byte pairs, but the network is made for", BytePairTokenizer.Train([""], 260).ToJson());
        Refused("engram/translation/target.json has 6 words, but the network is made for", Learnt.Value.SourceTokenizer.ToJson(), WordTokenizer.Train(["a b"]).ToJson());
        Assert.Contains("at least 260", Assert.Throws<EngramException>(() => Translator.Train(ToyLanguage.Validation, new TranslationOptions { Tokens = TranslationTokens.BytePairs, MaxTokens = 259 })).Message);
        Assert.Contains("no word", Assert.Throws<EngramException>(() => Translator.Train(new SentencePairs([" "], ["a"]), new TranslationOptions { Tokens = TranslationTokens.BytePairs })).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { Tokens = (TranslationTokens)2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { MaxTokens = 7 });
    }

    private static TranslationOptions Options => new()
    {
        Tokens = TranslationTokens.BytePairs,
        MaxTokens = 300,
        Units = 32,
        Embedding = 16,
        Epochs = 20,
        Dropout = 0,
        LabelSmoothing = 0,
        LearningRate = 0.01,
        BatchSize = 8,
        Seed = 5,
    };

    private static SentencePairs Capitals(SentencePairs pairs) => new([.. pairs.Source.Select(Capital)], [.. pairs.Target.Select(Capital)]);

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
