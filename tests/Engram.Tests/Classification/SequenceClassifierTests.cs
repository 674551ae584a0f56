using Engram.Classification;
using Engram.Data;

namespace Engram.Tests.Classification;

public sealed class SequenceClassifierTests
{
    private static readonly SequenceClassifier Trained = SequenceClassifier.Train(Waves(60, 1), Corpus.SmallSequence());

    [Fact]
    public void It_tells_slow_waves_from_fast_ones_whatever_their_length_and_scale()
    {
        ClassifierEvaluation evaluation = Trained.Evaluate(Waves(40, 2));
        Assert.True(evaluation.Accuracy >= 0.9, $"{evaluation.Accuracy}");
        Assert.Equal(ClassifierVerdict.Better, evaluation.Verdict);
        Assert.Null(Trained.Training!.EvidenceWeight);
    }

    [Fact]
    public void A_file_gives_the_same_classifier_to_the_last_bit()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("waves.keras");
        Trained.Save(path);
        SequenceClassifier read = SequenceClassifier.Load(path);
        Assert.Equal(2, read.Features);
        Assert.Equal(Trained.Temperature, read.Temperature);
        IReadOnlyList<float[,]> sequences = Waves(12, 3).Sequences;
        Assert.Equal(Trained.Predict(sequences).SelectMany(answer => answer.Probabilities), read.Predict(sequences).SelectMany(answer => answer.Probabilities));
        Assert.Contains("is a classifier of sequences", Assert.Throws<EngramException>(() => TextClassifier.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_scale_is_that_of_the_part_that_is_learnt_from()
    {
        // The same waves in other units of measurement give the same answers.
        LabelledSequences waves = Waves(60, 1);
        var other = new LabelledSequences([.. waves.Sequences.Select(Rescaled)], [.. waves.Targets.Select(k => waves.Classes[(int)k])], waves.Classes);
        SequenceClassifier classifier = SequenceClassifier.Train(other, Corpus.SmallSequence());
        IReadOnlyList<float[,]> test = Waves(12, 3).Sequences;
        foreach ((ClassPrediction plain, ClassPrediction rescaled) in Trained.Predict(test).Zip(classifier.Predict([.. test.Select(Rescaled)])))
        {
            Assert.True(Math.Abs(plain.Confidence - rescaled.Confidence) <= 0.02, $"{plain.Confidence} and {rescaled.Confidence}");
            Assert.Equal(plain.Class, rescaled.Class);
        }

        static float[,] Rescaled(float[,] x)
        {
            var y = (float[,])x.Clone();
            for (int t = 0; t < y.GetLength(0); t++) { (y[t, 0], y[t, 1]) = (1024 * y[t, 0], y[t, 1] / 64); }
            return y;
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_words()
    {
        Fails("Sequence 0 has 3 features; the classifier was trained on 2", () => Trained.Predict(new float[4, 3]));
        Fails("Sequence 0 has no steps", () => Trained.Predict(new float[0, 2]));
        Fails("the classifier's are fast, slow", () => Trained.Evaluate(new LabelledSequences([new float[3, 2]], ["medium"])));
        Fails("The sequences have no classes", () => SequenceClassifier.Train(LabelledSequences.ParseTs("@targetLabel true\n@data\n1,2:3\n", "x.ts")));
        Assert.Empty(Trained.Predict((IReadOnlyList<float[,]>)[]));
    }

    private static void Fails(string message, Func<object?> what) => Assert.Contains(message, Assert.Throws<EngramException>(what).Message, StringComparison.Ordinal);

    private static LabelledSequences Waves(int count, int seed)
    {
        var random = new Random(seed);
        var waves = new float[count][,];
        for (int i = 0; i < count; i++)
        {
            waves[i] = new float[random.Next(9, 16), 2];
            double phase = 6 * random.NextDouble(), speed = i % 2 == 0 ? 0.5 : 1.6;
            for (int t = 0; t < waves[i].GetLength(0); t++) { (waves[i][t, 0], waves[i][t, 1]) = ((float)Math.Sin(phase + (speed * t)), random.NextSingle()); }
        }

        return new LabelledSequences(waves, [.. waves.Select((_, i) => i % 2 == 0 ? "slow" : "fast")]);
    }
}
