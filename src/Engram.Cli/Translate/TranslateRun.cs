using Engram.Data;
using Engram.Evaluation;
using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary>How good translations are.</summary>
/// <param name="Name">How they were looked for.</param>
/// <param name="Texts">The translations.</param>
/// <param name="Bleu">Their BLEU.</param>
/// <param name="ChrF">Their chrF.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record TranslationMeasure(string Name, IReadOnlyList<TranslatedText> Texts, Bleu Bleu, double ChrF, double Seconds);

/// <summary>A training run: what text, JSON and page tell of.</summary>
internal sealed class TranslateRun
{
    public required Translator Translator { get; init; }

    public required TranslationOptions Options { get; init; }

    public required SentencePairs Training { get; init; }

    public required SentencePairs Validation { get; init; }

    public required SentencePairs? Test { get; init; }

    /// <summary>The names of the two files.</summary>
    public required string Source { get; init; }

    public required double Perplexity { get; init; }

    public required TranslationMeasure Greedy { get; init; }

    public required TranslationMeasure Beam { get; init; }

    public required double TrainingSeconds { get; init; }

    public required double Seconds { get; init; }

    public required string Command { get; init; }

    public required string Folder { get; init; }

    /// <summary>The pairs that the translations are measured on.</summary>
    public SentencePairs Measured => Test ?? Validation;

    public string PartName => Test is null ? "validation" : "test";

    public string ModelPath => Path.Combine(Folder, "model.keras");

    public string PagePath => Path.Combine(Folder, "report.html");

    /// <summary>The epoch whose weights were kept.</summary>
    public TranslationEpoch Best => Translator.Epochs.Last(epoch => epoch.IsBest);

    public int SourceWords => Translator.SourceTokenizer.Count;

    public int TargetWords => Translator.TargetTokenizer.Count;

    /// <summary>Whether the texts were cut into words before.</summary>
    public static bool IsTokenized(Translator translator) => translator.TargetTokenizer.Options.Punctuation == WordPunctuation.Keep;

    public string Tokenization => IsTokenized(Translator) ? "words as they stand in the files" : "words cut as by mteval-v13a";

    /// <summary>The words that the vocabulary lacks, with how often each occurs in the measured sentences, the most frequent first.</summary>
    public IReadOnlyList<(string Word, int Count)> UnknownWords() =>
        [.. Beam.Texts.SelectMany(text => text.UnknownWords).CountBy(word => word, StringComparer.Ordinal).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))];

    /// <summary>Measures translations.</summary>
    public static TranslationMeasure Measure(Translator translator, SentencePairs pairs, DecodingOptions options, Action<int> progress, CancellationToken cancellation)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        IReadOnlyList<TranslatedText> texts = translator.Translate(pairs.Source, options, new Counter(progress), cancellation);
        double seconds = clock.Elapsed.TotalSeconds;
        string[] translations = [.. texts.Select(text => text.Text)];
        // Vocabularies are of small letters, so capitals are not measured.
        string[] references = [.. pairs.Target.Select(text => text.ToLowerInvariant())];
        var bleu = Bleu.Of(translations, references, new BleuOptions { Tokenization = IsTokenized(translator) ? BleuTokenization.None : BleuTokenization.Mteval13a });
        return new TranslationMeasure(options.Beam == 1 ? "greedy" : $"beam {options.Beam}", texts, bleu, ChrF.Of(translations, references), seconds);
    }

    private sealed class Counter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
