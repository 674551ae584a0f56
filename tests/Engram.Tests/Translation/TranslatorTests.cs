using Engram.Data;
using Engram.Models;
using Engram.Translation;

namespace Engram.Tests.Translation;

/// <summary>Translators of a toy language, from pairs of sentences to files.</summary>
public sealed class TranslatorTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-translation-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_toy_language_is_learnt(int beam)
    {
        IReadOnlyList<TranslatedText> texts = ToyLanguage.Learnt.Translate(ToyLanguage.Validation.Source, new DecodingOptions { Beam = beam });
        int right = texts.Zip(ToyLanguage.Validation.Target).Count(pair => pair.First.Text == pair.Second);
        Assert.True(right >= 50, $"{right} of 60");
        Assert.True(ToyLanguage.Learnt.Perplexity(ToyLanguage.Validation) < 1.5);
    }

    [Fact]
    public void The_probability_of_a_search_is_that_of_teacher_forcing()
    {
        // A network that has learnt little, so that no probability is 1.
        Translator translator = Translator.Train(ToyLanguage.Pairs(3, 80), new TranslationOptions { Units = 7, Embedding = 5, Epochs = 1, Seed = 1 });
        foreach (int beam in (int[])[1, 3])
        {
            foreach (TranslatedText text in translator.Translate(["eins zwei", "drei", "vier null fünf eins"], new DecodingOptions { Beam = beam, LengthPenalty = 0 }).Where(text => text.Words[^1] == "[END]" && text.Words.Count > 1))
            {
                double perplexity = translator.Perplexity(new SentencePairs([text.Source], [text.Text]));
                Assert.True(Math.Abs(Math.Exp(-text.LogProbability / text.Words.Count) - perplexity) <= 1e-4 * perplexity, $"{text}: {text.LogProbability} by search, perplexity {perplexity} by teacher forcing");
                Assert.Equal(text.LogProbability, text.Score, 9);
            }
        }
    }

    [Fact]
    public void How_many_are_translated_together_changes_nothing()
    {
        string[] sentences = [.. ToyLanguage.Validation.Source.Take(9)];
        IReadOnlyList<TranslatedText> together = ToyLanguage.Learnt.Translate(sentences), one = ToyLanguage.Learnt.Translate(sentences, new DecodingOptions { BatchSize = 1 });
        for (int i = 0; i < sentences.Length; i++)
        {
            Assert.Equal(one[i].Text, together[i].Text);
            Assert.Equal(one[i].LogProbability, together[i].LogProbability, 5);
            Assert.Equal(sentences[i], together[i].Source);
        }
    }

    [Fact]
    public void Attention_adds_up_and_looks_at_the_word_that_is_translated()
    {
        TranslatedText text = ToyLanguage.Learnt.Translate("eins zwei drei");
        Assert.Equal("three two one", text.Text);
        Assert.Equal(["eins", "zwei", "drei", "[END]"], text.SourceWords);
        Assert.Equal(["three", "two", "one", "[END]"], text.Words);
        Assert.Equal((4, 4), (text.Attention.GetLength(0), text.Attention.GetLength(1)));
        for (int i = 0; i < 4; i++) { Assert.True(Math.Abs(Enumerable.Range(0, 4).Sum(k => text.Attention[i, k]) - 1) <= 1e-5); }
    }

    [Fact]
    public void A_file_keeps_all_of_it_and_its_network_runs_by_itself()
    {
        string path = Path.Combine(folder, "toy.keras");
        ToyLanguage.Learnt.Save(path);
        Translator read = Translator.Load(path);
        IReadOnlyList<TranslatedText> expected = ToyLanguage.Learnt.Translate(ToyLanguage.Validation.Source), got = read.Translate(ToyLanguage.Validation.Source);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].Text, got[i].Text);
            Assert.Equal(expected[i].LogProbability, got[i].LogProbability);
            Assert.Equal(expected[i].Attention, got[i].Attention);
        }

        var network = (Model)Network.Load(path);
        Assert.Equal(["source", "target"], network.InputNames);
        var source = new float[,] { { read.SourceTokenizer.Encode("vier")[0], Tokenizer.End } };
        var logits = network.Predict([source, new float[,] { { Tokenizer.Start } }]);
        Assert.Equal(read.TargetTokenizer.Count, (int)logits.Lengths[2]);
        int likeliest = Enumerable.Range(0, read.TargetTokenizer.Count).MaxBy(token => logits[0, 0, token]);
        Assert.Equal("four", read.TargetTokenizer.Vocabulary[likeliest]);
    }

    [Fact]
    public void Files_that_are_no_translators_are_refused()
    {
        string path = Path.Combine(folder, "other.keras");
        var other = new Sequential(new Engram.Layers.Input(4, 2), new Engram.Layers.Dense(1));
        other.Build();
        other.Save(path);
        Assert.Contains("translation/source.json", Assert.Throws<EngramException>(() => Translator.Load(path)).Message);
        var entries = new Dictionary<string, ReadOnlyMemory<byte>> { ["translation/source.json"] = ToyLanguage.Learnt.SourceTokenizer.ToJson(), ["translation/target.json"] = ToyLanguage.Learnt.TargetTokenizer.ToJson() };
        other.Save(path, entries);
        Assert.Contains("not that of a translator", Assert.Throws<EngramException>(() => Translator.Load(path)).Message);
        Model learnt = ToyLanguage.Learnt.Model;
        var uncompiled = new Model([.. learnt.Inputs], [.. learnt.Outputs]);
        uncompiled.Build();
        uncompiled.Save(path, new Dictionary<string, ReadOnlyMemory<byte>>(entries) { ["translation/source.json"] = WordTokenizer.Train(["a b"]).ToJson() });
        Assert.Contains("has 6 words, but the network is made for 10", Assert.Throws<EngramException>(() => Translator.Load(path)).Message);
        Assert.Throws<EngramException>(() => Translator.Load(Path.Combine(folder, "none.keras")));
    }

    [Fact]
    public void Odd_sentences_have_a_right_answer_or_a_clear_error()
    {
        Translator translator = ToyLanguage.Learnt;
        Assert.Equal("", translator.Translate("").Text);
        Assert.Equal("", translator.Translate("  \t ").Text);
        Assert.Empty(translator.Translate([]));
        IReadOnlyList<TranslatedText> mixed = translator.Translate(["", "zwei", ""]);
        Assert.Equal(["", "two", ""], mixed.Select(text => text.Text));
        TranslatedText strange = translator.Translate("bonjour monde");
        Assert.Equal(["bonjour", "monde"], strange.UnknownWords);
        TranslatedText lengthy = translator.Translate(string.Join(' ', Enumerable.Repeat("eins", 300)), new DecodingOptions { Beam = 1, MaxLength = 20 });
        Assert.True(lengthy.Words.Count <= 20);
        var error = Assert.Throws<EngramException>(() => translator.Translate(["eins", string.Join(' ', Enumerable.Repeat("eins", 1_000_000))]));
        Assert.Contains("sentence 2 has 1000000 words", error.Message);
        Assert.Contains("half a character", Assert.Throws<EngramException>(() => translator.Translate("eins \ud800")).Message);
    }

    [Fact]
    public void Unknown_words_are_copied_from_where_it_looked()
    {
        // In the target the names are too rare for the vocabulary, so the model learns to say that it knows no word.
        List<string> source = [], target = [];
        SentencePairs pairs = ToyLanguage.Pairs(4, 300);
        for (int i = 0; i < pairs.Count; i++)
        {
            source.Add($"name{i} {pairs.Source[i]}");
            target.Add($"{pairs.Target[i]} name{i}");
        }

        Translator translator = Translator.Train(new SentencePairs(source, target), new TranslationOptions { Units = 24, Embedding = 12, Epochs = 20, Dropout = 0, LabelSmoothing = 0, LearningRate = 0.015, BatchSize = 32, Seed = 2 });
        TranslatedText copied = translator.Translate("Maria eins"), left = translator.Translate("Maria eins", new DecodingOptions { ReplaceUnknown = false });
        int unknown = 0;
        for (int i = 0; i < left.Words.Count; i++)
        {
            if (left.Words[i] != "[UNK]") { continue; }
            unknown++;
            Assert.Equal(left.SourceWords[Enumerable.Range(0, 2).MaxBy(k => left.Attention[i, k])], copied.Words[i]);
        }

        Assert.True(unknown > 0, $"no word is unknown in '{string.Join(' ', left.Words)}'");
        Assert.DoesNotContain("[UNK]", left.Text, StringComparison.Ordinal);
        Assert.Equal(["maria"], copied.UnknownWords);
    }

    [Theory]
    [InlineData(0.5, null)]
    [InlineData(0, 5)]
    public void Scheduled_sampling_and_sampled_softmax_learn_too(double sampling, int? samples)
    {
        Translator translator = Translator.Train(ToyLanguage.Training, new TranslationOptions
        {
            Units = 24,
            Embedding = 12,
            Epochs = 16,
            Dropout = 0,
            LabelSmoothing = 0,
            LearningRate = 0.015,
            BatchSize = 32,
            Seed = 5,
            ScheduledSampling = sampling,
            SampledSoftmax = samples,
        }, ToyLanguage.Validation);
        double perplexity = translator.Perplexity(ToyLanguage.Validation);
        Assert.True(perplexity < 3, $"perplexity {perplexity}; guessing has 7");
    }

    [Fact]
    public void The_same_seed_gives_the_same_translator_and_the_best_epoch_is_kept()
    {
        var options = new TranslationOptions { Units = 8, Embedding = 6, Epochs = 3, LearningRate = 0.05, Dropout = 0.2f, ScheduledSampling = 0.3, Seed = 7 };
        SentencePairs pairs = ToyLanguage.Pairs(8, 90);
        Translator a = Translator.Train(pairs, options, ToyLanguage.Validation), b = Translator.Train(pairs, options, ToyLanguage.Validation);
        Assert.Equal(a.Epochs.Select(epoch => (epoch.Loss, epoch.ValidationPerplexity)), b.Epochs.Select(epoch => (epoch.Loss, epoch.ValidationPerplexity)));
        Assert.Equal(a.Epochs.Min(epoch => epoch.ValidationPerplexity), a.Epochs.Last(epoch => epoch.IsBest).ValidationPerplexity);
        Assert.Equal(a.Epochs.Min(epoch => epoch.ValidationPerplexity), a.Perplexity(ToyLanguage.Validation), 6);
        Assert.Equal(a.Translate("eins zwei").LogProbability, b.Translate("eins zwei").LogProbability);
    }

    [Fact]
    public void An_interrupted_run_leaves_the_best_model_so_far()
    {
        string path = Path.Combine(folder, "best.keras");
        using var stop = new CancellationTokenSource();
        var watch = new Watch(progress => { if (progress.Epoch == 3) { stop.Cancel(); } });
        Assert.Throws<OperationCanceledException>(() => Translator.Train(ToyLanguage.Pairs(8, 90), new TranslationOptions { Units = 8, Embedding = 6, Epochs = 20 }, ToyLanguage.Validation, path, watch, stop.Token));
        Assert.True(Translator.Load(path).Perplexity(ToyLanguage.Validation) > 1);
    }

    [Fact]
    public void A_time_limit_ends_training_before_its_epochs_do()
    {
        Translator translator = Translator.Train(ToyLanguage.Pairs(8, 90), new TranslationOptions { Units = 8, Embedding = 6, Epochs = 100_000, TimeLimit = TimeSpan.FromMilliseconds(300) });
        Assert.True(translator.Epochs.Count is >= 1 and < 100_000);
    }

    [Fact]
    public void What_was_left_out_is_said_and_what_cannot_be_used_is_refused()
    {
        var options = new TranslationOptions { Units = 4, Embedding = 4, Epochs = 1, MaxLength = 3, MinCount = 1 };
        Translator translator = Translator.Train(new SentencePairs(["eins", "", "eins zwei drei vier", "zwei ."], ["one", "two", "four three two one", "two ."]), options);
        Assert.Contains(translator.Notes, note => note.Contains("1 pairs of which a side is empty", StringComparison.Ordinal));
        Assert.Contains(translator.Notes, note => note.Contains("1 pairs with more than 3 words", StringComparison.Ordinal));
        Assert.Contains("None of the 1 pairs can be used", Assert.Throws<EngramException>(() => Translator.Train(new SentencePairs(["eins zwei drei vier"], ["one"]), options)).Message);
        Assert.Contains("2 sentences and 1 translations", Assert.Throws<EngramException>(() => new SentencePairs(["a", "b"], ["a"])).Message);
        Assert.Contains("no sentences", Assert.Throws<EngramException>(() => new SentencePairs([], [])).Message);
    }

    [Fact]
    public void Texts_that_are_cut_into_words_are_told_from_others()
    {
        string[] cut = ["a dog sleeps .", "he runs !", "no end"], whole = ["A dog sleeps.", "He runs!", "Odd ."];
        Assert.True(new SentencePairs(cut, cut).AreTokenized);
        Assert.False(new SentencePairs(cut, whole).AreTokenized);
        Assert.False(new SentencePairs(whole, cut).AreTokenized);
        Assert.False(new SentencePairs([""], [""]).AreTokenized);
    }

    [Fact]
    public void Files_of_pairs_are_read_line_by_line()
    {
        string source = Path.Combine(folder, "a"), target = Path.Combine(folder, "b");
        File.WriteAllText(source, "eins\r\nzwei\n\n");
        File.WriteAllText(target, "one\ntwo\n");
        Assert.Contains("3 lines", Assert.Throws<EngramException>(() => SentencePairs.Read(source, target)).Message);
        File.WriteAllText(source, "eins\r\nzwei\n");
        SentencePairs pairs = SentencePairs.Read(source, target);
        Assert.Equal(["eins", "zwei"], pairs.Source);
        Assert.Equal(["one", "two"], pairs.Target);
        (SentencePairs rest, SentencePairs last) = pairs.Split(1);
        Assert.Equal(["eins"], rest.Source);
        Assert.Equal(["two"], last.Target);
        File.WriteAllBytes(target, [0x6f, 0xff, 0x0a, 0x62]);
        Assert.Contains("UTF-8", Assert.Throws<EngramException>(() => SentencePairs.Read(source, target)).Message);
        File.WriteAllText(target, "");
        Assert.Contains("empty", Assert.Throws<EngramException>(() => SentencePairs.Read(source, target)).Message);
    }

    [Fact]
    public void Options_say_what_would_be_right()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { Units = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { DecoderLayers = 3 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { Dropout = 1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { LabelSmoothing = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { ScheduledSampling = 1.5 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { TimeLimit = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TranslationOptions { LearningRate = 0 });
    }

    private sealed class Watch(Action<TranslationProgress> seen) : IProgress<TranslationProgress>
    {
        public void Report(TranslationProgress value) => seen(value);
    }
}
