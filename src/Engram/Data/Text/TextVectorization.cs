using System.Text;

namespace Engram.Data;

/// <summary>
/// Texts as numbers for a model: simplified, cut into words, and each word looked up in a vocabulary that is learnt from texts or given.
/// The most frequent words come first; words equally frequent are ordered by their bytes in UTF-8, the last first, as Keras does.
/// <code>
/// tf-idf of a word: how often it occurs × log(1 + texts / (1 + texts that have it)); unknown words have the mean weight of all
/// </code>
/// </summary>
public sealed partial class TextVectorization
{
    /// <summary>What stands for a word that is not in the vocabulary.</summary>
    public const string Unknown = "[UNK]";

    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private string[] words = [];
    private float[] weights = [];

    /// <summary>The size of the vocabulary at most, what stands for padding and unknown words included; null for no limit. Default null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 2.</exception>
    public int? MaxTokens
    {
        get;
        init
        {
            if (value is { } limit) { ArgumentOutOfRangeException.ThrowIfLessThan(limit, 2, nameof(MaxTokens)); }
            field = value;
        }
    }

    /// <summary>How a text is simplified; null for not at all. Default <see cref="TextSteps.LowerAndStripPunctuation"/>.</summary>
    public Func<string, string>? Standardize { get; init; } = TextSteps.LowerAndStripPunctuation;

    /// <summary>How a text is cut into words; null where each text is one word. Default <see cref="TextSteps.SplitWhitespace"/>.</summary>
    public Func<string, IReadOnlyList<string>>? Split { get; init; } = TextSteps.SplitWhitespace;

    /// <summary>What a text becomes. Default <see cref="TextOutput.Sequence"/>.</summary>
    public TextOutput Output { get; init; }

    /// <summary>The length of all sequences: longer ones lose their end; null for that of the longest. Default null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    public int? SequenceLength
    {
        get;
        init
        {
            if (value is { } length) { ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, nameof(SequenceLength)); }
            field = value;
        }
    }

    /// <summary>Whether what is not a sequence has <see cref="MaxTokens"/> columns even where the vocabulary is smaller. Default false.</summary>
    public bool PadToMaxTokens { get; init; }

    /// <summary>
    /// The words by number. In a sequence 0 is padding, the empty word, and 1 an unknown word; elsewhere 0 is an unknown word.
    /// </summary>
    public IReadOnlyList<string> Vocabulary => [.. Special, .. words];

    /// <summary>The weights of <see cref="TextOutput.TfIdf"/>, in the order of <see cref="Vocabulary"/>.</summary>
    public IReadOnlyList<float> InverseDocumentFrequencies => weights;

    private string[] Special => Output == TextOutput.Sequence ? ["", Unknown] : [Unknown];

    /// <summary>Learns the vocabulary from texts, in place of any before.</summary>
    /// <param name="texts">The texts; the training part alone, or the model is told what it should not know.</param>
    public void Adapt(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var documents = new Dictionary<string, int>(StringComparer.Ordinal);
        int total = 0;
        foreach (string text in texts)
        {
            total++;
            IReadOnlyList<string> found = Words(text);
            foreach (string word in found) { counts[word] = counts.GetValueOrDefault(word) + 1; }
            foreach (string word in found.Distinct(StringComparer.Ordinal)) { documents[word] = documents.GetValueOrDefault(word) + 1; }
        }

        counts.Remove("");
        counts.Remove(Unknown);
        IEnumerable<string> ordered = counts.Keys.OrderByDescending(word => counts[word]).ThenByDescending(Encoding.UTF8.GetBytes, ByteOrder.Instance);
        string[] learnt = [.. MaxTokens is { } limit ? ordered.Take(limit - Special.Length) : ordered];
        double[] rarity = [.. learnt.Select(word => Math.Log(1 + (total / (1.0 + documents[word]))))];
        Set(learnt, Output == TextOutput.TfIdf && learnt.Length > 0 ? [(float)rarity.Average(), .. rarity.Select(value => (float)value)] : []);
    }

    /// <summary>Sets the vocabulary.</summary>
    /// <param name="vocabulary">The words in their order; what stands for padding and unknown words may come first or be left out.</param>
    /// <param name="inverseDocumentFrequencies">For <see cref="TextOutput.TfIdf"/> the weight of each word, in the same order; unknown words get the mean where they are left out.</param>
    /// <exception cref="EngramException">A word comes twice, there are more than <see cref="MaxTokens"/>, or the weights do not belong to them.</exception>
    public void SetVocabulary(IReadOnlyList<string> vocabulary, IReadOnlyList<float>? inverseDocumentFrequencies = null)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        bool complete = vocabulary.Take(Special.Length).SequenceEqual(Special, StringComparer.Ordinal);
        string[] given = [.. vocabulary.Skip(complete ? Special.Length : 0)];
        if (given.GroupBy(word => word, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new EngramException($"The vocabulary has '{twice.Key}' twice.");
        }

        if (given.Intersect(Special, StringComparer.Ordinal).FirstOrDefault() is { } reserved)
        {
            throw new EngramException($"The vocabulary has '{reserved}', which stands for padding or unknown words, at a place of its own; it must start with {string.Join(" and ", Special.Select(word => $"'{word}'"))} or have none of them.");
        }

        if (given.Length + Special.Length > (MaxTokens ?? int.MaxValue))
        {
            throw new EngramException($"The vocabulary has {given.Length + Special.Length} words with those for padding and unknown words; MaxTokens is {MaxTokens}.");
        }

        if (Output != TextOutput.TfIdf) { Set(given, []); return; }
        if (inverseDocumentFrequencies?.Count != vocabulary.Count)
        {
            throw new EngramException($"The vocabulary has {vocabulary.Count} words and {inverseDocumentFrequencies?.Count ?? 0} weights; tf-idf needs one for each.");
        }

        if (inverseDocumentFrequencies.FirstOrDefault(weight => !float.IsFinite(weight), 0) is var wrong && !float.IsFinite(wrong))
        {
            throw new EngramException($"The weights of the vocabulary have {wrong}; each must be a number.");
        }

        Set(given, complete ? [.. inverseDocumentFrequencies] : [inverseDocumentFrequencies.Average(), .. inverseDocumentFrequencies]);
    }

    /// <summary>Turns texts into numbers that a model takes.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns>(texts, length) for sequences, (texts, words of the vocabulary) otherwise.</returns>
    /// <exception cref="InvalidOperationException">There is no vocabulary yet.</exception>
    public float[,] Transform(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (words.Length == 0) { throw new InvalidOperationException("There is no vocabulary yet; call Adapt or SetVocabulary first."); }
        int[][] found = [.. texts.Select(text => Words(text).Select(Number).ToArray())];
        if (Output == TextOutput.Sequence)
        {
            float[][] sequences = [.. found.Select(word => word.Select(number => (float)number).ToArray())];
            return Sequences.Pad(sequences, SequenceLength ?? Math.Max(1, found.Select(word => word.Length).DefaultIfEmpty(1).Max()), SequenceEnd.Post, SequenceEnd.Post);
        }

        var table = new float[texts.Count, PadToMaxTokens && MaxTokens is { } limit ? limit : words.Length + Special.Length];
        for (int i = 0; i < found.Length; i++)
        {
            foreach (int number in found[i]) { table[i, number] = Output == TextOutput.MultiHot ? 1 : table[i, number] + 1; }
            for (int number = 0; Output == TextOutput.TfIdf && number < weights.Length; number++) { table[i, number] *= weights[number]; }
        }

        return table;
    }

    private IReadOnlyList<string> Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string simple = Standardize is null ? text : Standardize(text);
        return Split is null ? [simple] : Split(simple);
    }

    // In a sequence the empty word is padding.
    private int Number(string word) => numbers.TryGetValue(word, out int number)
        ? number
        : Output == TextOutput.Sequence && word.Length == 0 ? 0 : Special.Length - 1;

    private void Set(string[] vocabulary, float[] rarity)
    {
        (words, weights) = (vocabulary, rarity);
        numbers.Clear();
        for (int i = 0; i < words.Length; i++) { numbers.Add(words[i], Special.Length + i); }
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
