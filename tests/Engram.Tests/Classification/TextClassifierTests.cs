using System.Numerics.Tensors;
using Engram.Classification;
using Engram.Models;

namespace Engram.Tests.Classification;

public sealed class TextClassifierTests
{
    private static readonly TextClassifier Trained = TextClassifier.Train(Corpus.Reviews(), Corpus.SmallText());

    [Fact]
    public void It_learns_which_words_decide_and_beats_the_baseline_on_texts_it_has_not_seen()
    {
        ClassifierEvaluation evaluation = Trained.Evaluate(Corpus.Reviews(60, seed: 2));
        Assert.True(evaluation.Accuracy >= 0.95, $"{evaluation.Accuracy}");
        Assert.Equal(0.5, evaluation.MajorityAccuracy, 12);
        Assert.Equal(ClassifierVerdict.Better, evaluation.Verdict);
        Assert.Equal("good", Trained.Predict("every scene shines").Class);
        Assert.Equal("bad", Trained.Predict("Every scene DRAGS").Class);
    }

    [Fact]
    public void Probabilities_add_up_and_the_confidence_is_the_largest()
    {
        foreach (TextPrediction answer in Trained.Predict(Corpus.Reviews(10, seed: 4).Texts))
        {
            Assert.Equal(1, answer.Probabilities.Sum(), 5);
            Assert.Equal(answer.Probabilities.Max(), answer.Confidence);
            Assert.Equal(Trained.Classes[answer.Probabilities.ToList().IndexOf(answer.Confidence)], answer.Class);
            Assert.Equal(answer.Words, answer.KnownWords);
        }
    }

    [Fact]
    public void An_answer_does_not_depend_on_the_texts_beside_it()
    {
        string[] texts = ["the plot is dull", "this film is wonderful and every scene is moving and the music shines and her part delights", "drags"];
        IReadOnlyList<TextPrediction> together = Trained.Predict(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            for (int k = 0; k < 2; k++) { Assert.True(Math.Abs(together[i].Probabilities[k] - Trained.Predict(texts[i]).Probabilities[k]) <= 1e-6); }
        }
    }

    [Fact]
    public void Texts_without_anything_known_say_so()
    {
        TextPrediction empty = Trained.Predict(""), foreign = Trained.Predict("сегодня хорошая погода"), word = Trained.Predict("dull"), cut = Trained.Predict(string.Concat(Enumerable.Repeat("dull ", 1_000_000)));
        Assert.Equal((0, 0), (empty.Words, empty.KnownWords));
        Assert.Equal((3, 0), (foreign.Words, foreign.KnownWords));
        Assert.Equal((1, 1, false), (word.Words, word.KnownWords, word.IsCut));
        Assert.Equal((1_000_000, 400, true), (cut.Words, cut.KnownWords, cut.IsCut));
        Assert.Equal("bad", cut.Class);
        foreach (TextPrediction answer in (TextPrediction[])[empty, foreign, word, cut]) { Assert.Equal(1, answer.Probabilities.Sum(), 5); }
    }

    [Fact]
    public void A_file_gives_the_same_classifier_to_the_last_bit()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("reviews.keras");
        Trained.Save(path);
        TextClassifier read = TextClassifier.Load(path);

        Assert.Equal(Trained.Classes, read.Classes);
        Assert.Equal(Trained.MajorityClass, read.MajorityClass);
        Assert.Equal(Trained.Temperature, read.Temperature);
        Assert.Equal(Trained.Tokenizer.Vocabulary, read.Tokenizer.Vocabulary);
        Assert.Null(read.Training);
        string[] texts = [.. Corpus.Reviews(20, seed: 6).Texts, "", "unheard of"];
        foreach ((TextPrediction before, TextPrediction after) in Trained.Predict(texts).Zip(read.Predict(texts)))
        {
            Assert.Equal(before.Probabilities, after.Probabilities);
            Assert.Equal((before.Class, before.Words, before.KnownWords, before.IsCut), (after.Class, after.Words, after.KnownWords, after.IsCut));
        }
    }

    [Fact]
    public void The_model_in_the_file_needs_no_classifier_around_it()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("reviews.keras");
        Trained.Save(path);
        float[,] padded = { { 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 } }; // as engram run gets it: tokens, filled up with 0
        string[] texts = ["the plot is dull", "shines"];
        for (int i = 0; i < 2; i++)
        {
            int[] tokens = Trained.Tokenizer.Encode(texts[i]);
            for (int t = 0; t < tokens.Length; t++) { padded[i, t] = tokens[t]; }
        }

        Tensor<float> output = Network.Load(path).Predict(padded);
        for (int i = 0; i < 2; i++)
        {
            for (int k = 0; k < 2; k++) { Assert.True(Math.Abs(output[i, k] - Trained.Predict(texts[i]).Probabilities[k]) <= 1e-6); }
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_on_any_number_of_threads()
    {
        int before = EngramRuntime.Threads;
        try
        {
            EngramRuntime.Threads = 1;
            TextClassifier one = TextClassifier.Train(Corpus.Reviews(), Corpus.SmallText());
            EngramRuntime.Threads = 4;
            TextClassifier four = TextClassifier.Train(Corpus.Reviews(), Corpus.SmallText());
            TextClassifier other = TextClassifier.Train(Corpus.Reviews(), Corpus.SmallText(seed: 4));
            string[] texts = [.. Corpus.Reviews(10, seed: 8).Texts];
            Assert.Equal(one.Predict(texts).Select(answer => answer.Confidence), four.Predict(texts).Select(answer => answer.Confidence));
            Assert.Equal(one.Training!.Loss, four.Training!.Loss);
            Assert.NotEqual(one.Predict(texts).Select(answer => answer.Confidence), other.Predict(texts).Select(answer => answer.Confidence));
        }
        finally { EngramRuntime.Threads = before; }
    }

    [Fact]
    public void Training_tells_of_the_parts_and_calibration_does_not_raise_the_loss()
    {
        TextClassifier classifier = TextClassifier.Train(Corpus.Reviews(300, wrong: 0.25), Corpus.SmallText(networks: 1));
        ClassifierTraining training = classifier.Training!;
        Assert.Equal(300, training.TrainingSamples + training.ValidationSamples.Count);
        Assert.Equal(60, training.Validation.Count);
        Assert.Equal(300, training.ClassCounts.Sum());
        Assert.Equal(training.Loss.Count, training.ValidationLoss.Count);
        Assert.Single(training.BestEpochs);
        Assert.Equal(training.ValidationLoss.Index().MinBy(pair => pair.Item).Index + 1, training.BestEpochs[0]);
        Assert.True(training.Validation.NegativeLogLikelihood <= training.Validation.UncalibratedNegativeLogLikelihood + 1e-6);
        Assert.NotNull(training.EvidenceWeight);
        Assert.Equal([6, 6], Trained.Training!.BestEpochs); // 16 samples cannot tell
    }

    [Fact]
    public void A_class_with_one_text_is_noted_and_the_others_are_learnt()
    {
        LabelledTexts reviews = Corpus.Reviews();
        var texts = new LabelledTexts([.. reviews.Texts, "neither here nor there"], [.. reviews.Labels, "mixed"]);
        TextClassifier classifier = TextClassifier.Train(texts, Corpus.SmallText());
        Assert.Equal(["bad", "good", "mixed"], classifier.Classes);
        string note = Assert.Single(classifier.Training!.Notes);
        Assert.Contains("'mixed' occurs once", note, StringComparison.Ordinal);
        Assert.True(classifier.Evaluate(Corpus.Reviews(40, seed: 2)).Accuracy >= 0.9);
    }

    [Fact]
    public void What_cannot_be_learnt_is_refused_in_words()
    {
        LabelledTexts reviews = Corpus.Reviews(20);
        Fails("All 20 texts are of the class 'x'", () => TextClassifier.Train(new LabelledTexts(reviews.Texts, [.. Enumerable.Repeat("x", 20)])));
        Fails("There are 6 texts; at least 10", () => TextClassifier.Train(Corpus.Reviews(6)));
        Fails("text 1: the text is empty", () => new LabelledTexts(["a", " "], ["x", "y"]));
        Fails("text 0: the label is empty", () => new LabelledTexts(["a", "b"], ["", "y"]));
        Fails("3 texts and 2 labels", () => new LabelledTexts(["a", "b", "c"], ["x", "y"]));
        Fails("Text 1 is of the class 'ugly', which training did not have; it had bad, good", () => Trained.Evaluate(new LabelledTexts(["a", "b"], ["good", "ugly"])));
        Fails("half a character", () => Trained.Predict("\uD800"));
    }

    [Fact]
    public void A_damaged_file_is_refused_with_the_place()
    {
        using var folder = new TemporaryFolder();
        string plain = folder.File("plain.keras"), path = folder.File("c.keras");
        var model = new Sequential(new Engram.Layers.Input(4, 2), new Engram.Layers.Lstm(3), new Engram.Layers.Dense(2));
        model.Build();
        model.Save(plain);
        Fails("plain.keras: the entry engram/classifier.json is missing", () => Classifier.Load(plain));

        Trained.Save(path);
        Network network = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries);
        void Damaged(string what, string old, string with)
        {
            string json = System.Text.Encoding.UTF8.GetString(entries["classifier.json"].Span);
            Assert.Contains(old, json, StringComparison.Ordinal);
            network.Save(path, new Dictionary<string, ReadOnlyMemory<byte>>(entries) { ["classifier.json"] = System.Text.Encoding.UTF8.GetBytes(json.Replace(old, with, StringComparison.Ordinal)) });
            Fails(what, () => Classifier.Load(path));
        }

        Damaged("'type' is 'tree'; known are text and sequence", "\"text\"", "\"tree\"");
        Damaged("'max_length' must be a whole number", "400", "-1");
        Damaged("for 3 classes it must be (batch, 3)", "[\"bad\",", "[\"bad\",\"worse\",");
        Damaged("'classes' must be at least two different names", "[\"bad\",", "[\"good\",");
        Damaged("'majority_class' is 'x'", "\"majority_class\":\"", "\"majority_class\":\"x\",\"y\":\"");
        network.Save(path, new Dictionary<string, ReadOnlyMemory<byte>>(entries.Where(entry => entry.Key != "tokenizer.json")));
        Fails("engram/tokenizer.json is missing", () => Classifier.Load(path));
        Trained.Save(path);
        Fails("is a classifier of texts", () => SequenceClassifier.Load(path));
    }

    [Fact]
    public void Training_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var seen = new List<ClassifierProgress>();
        var progress = new Collected(value =>
        {
            seen.Add(value);
            cancellation.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => TextClassifier.Train(Corpus.Reviews(), Corpus.SmallText(), progress, cancellation.Token));
        Assert.NotEmpty(seen);
        Assert.InRange(seen[0].Share, 0.01, 0.99);
    }

    private static void Fails(string message, Func<object?> what) => Assert.Contains(message, Assert.Throws<EngramException>(what).Message, StringComparison.Ordinal);

    private sealed class Collected(Action<ClassifierProgress> take) : IProgress<ClassifierProgress>
    {
        public void Report(ClassifierProgress value) => take(value);
    }
}
