using Engram.Translation;

namespace Engram.Tests.Translation;

/// <summary>A language that is learnt in seconds: German numbers to English ones, in the other order.</summary>
internal static class ToyLanguage
{
    private static readonly string[] German = ["null", "eins", "zwei", "drei", "vier", "fünf"], English = ["zero", "one", "two", "three", "four", "five"];

    private static readonly Lazy<Translator> Shared = new(() => Translator.Train(Training!, Options, Validation));

    public static SentencePairs Training { get; } = Pairs(1, 1000);

    public static SentencePairs Validation { get; } = Pairs(2, 60);

    public static TranslationOptions Options => new()
    {
        Units = 24,
        Embedding = 12,
        Epochs = 20,
        Dropout = 0,
        LabelSmoothing = 0,
        LearningRate = 0.015,
        BatchSize = 32,
        Seed = 5,
    };

    /// <summary>One that has learnt the language; not to be changed.</summary>
    public static Translator Learnt => Shared.Value;

    public static SentencePairs Pairs(int seed, int count)
    {
        var key = new RandomKey(seed);
        List<string> source = [], target = [];
        for (int i = 0; i < count; i++)
        {
            RandomKey draws = key.Derive(i);
            int[] numbers = [.. Enumerable.Range(0, 1 + (int)(draws.Uniform(0) * 5)).Select(k => (int)(draws.Uniform((ulong)k + 1) * German.Length))];
            source.Add(string.Join(' ', numbers.Select(number => German[number])));
            target.Add(string.Join(' ', numbers.Reverse().Select(number => English[number])));
        }

        return new SentencePairs(source, target);
    }
}
