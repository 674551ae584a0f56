using Engram.Classification;

namespace Engram.Tests.Classification;

/// <summary>Tiny corpora whose classes a network can tell.</summary>
internal static class Corpus
{
    public static TextClassifierOptions SmallText(long seed = 3, int networks = 2) => new() { Units = 6, VectorLength = 8, Networks = networks, Epochs = 6, ValidationShare = 0.2, Seed = seed };

    public static SequenceClassifierOptions SmallSequence(long seed = 3) => new() { Units = 12, Networks = 2, Epochs = 80, ValidationShare = 0.2, Seed = seed };

    /// <summary>Sentences about films; some words decide, all others do not.</summary>
    public static LabelledTexts Reviews(int count = 80, int seed = 1, double wrong = 0)
    {
        string[] subjects = ["the plot", "the acting", "this film", "the music", "her part", "every scene"];
        string[] good = ["is wonderful", "is moving", "delights", "shines"], bad = ["is dull", "is clumsy", "drags", "fails"];
        var random = new Random(seed);
        var texts = new string[count];
        var labels = new string[count];
        for (int i = 0; i < count; i++)
        {
            bool isGood = i % 2 == 0;
            string[] words = isGood ? good : bad;
            texts[i] = $"{subjects[random.Next(subjects.Length)]} {words[random.Next(words.Length)]} and {subjects[random.Next(subjects.Length)]} {words[random.Next(words.Length)]}";
            labels[i] = isGood != random.NextDouble() < wrong ? "good" : "bad";
        }

        return new LabelledTexts(texts, labels);
    }
}
