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

    /// <summary>What the translator's tokens are called where they are counted.</summary>
    public string Tokens => HasWords ? "words" : "byte pairs";

    /// <summary>Whether its tokens are words, and so in small letters.</summary>
    public bool HasWords => Options.Tokens == TranslationTokens.Words;

    /// <summary>What BLEU counts.</summary>
    public string Tokenization => $"{(Training.AreTokenized ? "words as they stand in the files" : "words cut as by mteval-v13a")}{(HasWords ? ", small letters" : "")}";

    /// <summary>The words that the vocabulary lacks, with how often each occurs in the measured sentences, the most frequent first.</summary>
    public IReadOnlyList<(string Word, int Count)> UnknownWords() =>
        [.. Beam.Texts.SelectMany(text => text.UnknownWords).CountBy(word => word, StringComparer.Ordinal).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value))];

    /// <summary>Measures translations.</summary>
    /// <param name="translator">The translator.</param>
    /// <param name="pairs">The sentences and the given translations.</param>
    /// <param name="tokenized">Whether the texts were cut into words before.</param>
    /// <param name="options">How it translates.</param>
    /// <param name="progress">Is told how many are done.</param>
    /// <param name="cancellation">Stops it.</param>
    public static TranslationMeasure Measure(Translator translator, SentencePairs pairs, bool tokenized, DecodingOptions options, Action<int> progress, CancellationToken cancellation)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        IReadOnlyList<TranslatedText> texts = translator.Translate(pairs.Source, options, new Reporter<int>(progress), cancellation);
        double seconds = clock.Elapsed.TotalSeconds;
        string[] translations = [.. texts.Select(text => text.Text)];
        // Vocabularies of words are of small letters, so capitals are not measured.
        string[] references = [.. translator.TargetTokenizer is WordTokenizer ? pairs.Target.Select(text => text.ToLowerInvariant()) : pairs.Target];
        var bleu = Bleu.Of(translations, references, new BleuOptions { Tokenization = tokenized ? BleuTokenization.None : BleuTokenization.Mteval13a });
        return new TranslationMeasure(options.Beam == 1 ? "greedy" : $"beam {options.Beam}", texts, bleu, ChrF.Of(translations, references), seconds);
    }
}
