using System.CommandLine;
using System.Globalization;
using Engram.Cli.Options;
using Engram.Translation;

namespace Engram.Cli.Translate;

/// <summary>The options of <c>engram translate train</c>.</summary>
internal sealed class TranslateSyntax
{
    public const string DefaultFolder = "engram-translate";

    public Option<string?> Source { get; } = OptionKinds.Text("--source", "FILE", "Sentences to learn from, one a line, UTF-8.");

    public Option<string?> Target { get; } = OptionKinds.Text("--target", "FILE", "Their translations, line by line.");

    public Option<string?> ValidationSource { get; } = OptionKinds.Text("--validation-source", "FILE", "Sentences that choose the best epoch. Default: the last twentieth of the pairs, at most 1,000.");

    public Option<string?> ValidationTarget { get; } = OptionKinds.Text("--validation-target", "FILE", "Their translations.");

    public Option<string?> TestSource { get; } = OptionKinds.Text("--test-source", "FILE", "Sentences that play no part in training, to measure the translations on. Default: none; the figures are then those of the validation pairs.");

    public Option<string?> TestTarget { get; } = OptionKinds.Text("--test-target", "FILE", "Their translations.");

    public Option<int?> Units { get; } = OptionKinds.Whole("--units", "COUNT", "The units of each direction of the encoder and of each layer of the decoder. Default: 256.");

    public Option<int?> Embedding { get; } = OptionKinds.Whole("--embedding", "COUNT", "The length of the vectors of words. Default: 256.");

    public Option<int?> EncoderLayers { get; } = OptionKinds.Whole("--encoder-layers", "COUNT", "How many layers read the sentence, one above the other. Default: 1.");

    public Option<double?> Dropout { get; } = Share("--dropout", "The share of numbers between layers that is dropped in training. More where the validation perplexity rises early. Default: 0.3.");

    public Option<double?> LabelSmoothing { get; } = Share("--label-smoothing", "The share of each target that is spread over the vocabulary. Default: 0.1.");

    public Option<double?> ScheduledSampling { get; } = Share("--scheduled-sampling", "The share of words that the decoder goes on from its own guesses, at the end of training. Takes a third more time. Default: 0.");

    public Option<int?> SampledSoftmax { get; } = OptionKinds.Whole("--sampled-softmax", "WORDS", "Train on so many words drawn for each batch instead of the whole vocabulary. For large vocabularies. Default: the whole.");

    public Option<int?> Epochs { get; } = OptionKinds.Whole("--epochs", "COUNT", "How many times all pairs are seen at most. Default: 12.");

    public Option<double?> Minutes { get; } = OptionKinds.Parsed<double?>("--minutes", "MINUTES", "After how long training ends at the latest; the learning rate falls so that it is done by then. Default: no limit.",
        "a number above 0", text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double minutes) && minutes is > 0 and < 1e6 ? minutes : null);

    public Option<int?> BatchSize { get; } = OptionKinds.Whole("--batch-size", "PAIRS", "How many pairs make a step. Default: 64.");

    public Option<double?> LearningRate { get; } = OptionKinds.Parsed<double?>("--learning-rate", "RATE", "The highest learning rate. Default: 0.001.",
        "a number above 0", text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate > 0 && double.IsFinite(rate) ? rate : null);

    public Option<TranslationTokens?> Tokens { get; } = OptionKinds.Choice("--tokens", "What sentences are cut into. Default: words, in small letters. With byte-pairs nothing is unknown, and capitals and spaces come back: for languages of many word forms or of long compounds.",
        ("words", TranslationTokens.Words), ("byte-pairs", TranslationTokens.BytePairs));

    public Option<int?> Vocabulary { get; } = OptionKinds.Whole("--vocabulary", "COUNT", "The most tokens of each vocabulary, at least 260 for byte pairs. Default: 30000 words or 8000 byte pairs.", least: 8);

    public Option<int?> MinCount { get; } = OptionKinds.Whole("--min-count", "COUNT", "How often a word must occur to be in a vocabulary. Default: 2.");

    public Option<int?> MaxLength { get; } = OptionKinds.Whole("--max-length", "WORDS", "Pairs with more words, or byte pairs, on a side are left out of training. Default: 100.");

    public Option<int?> Beam { get; } = OptionKinds.Whole("--beam", "WIDTH", "The beam of the second measurement, beside greedy. Default: 5.", least: 2);

    public Option<int?> Seed { get; } = OptionKinds.Whole("--seed", "NUMBER", "The number from which everything random follows. Default: 0.", least: 0);

    public Option<TextEncoding?> Encoding { get; } = TextEncodings.Option();

    public ResultOptions Results { get; } = new("report.html and model.keras are", DefaultFolder);

    public Command Command()
    {
        var command = new Command("train");
        foreach (Option option in (Option[])[Source, Target, ValidationSource, ValidationTarget, TestSource, TestTarget, Tokens, Vocabulary, Units, Embedding, EncoderLayers, Dropout, LabelSmoothing, ScheduledSampling,
            SampledSoftmax, Epochs, Minutes, BatchSize, LearningRate, MinCount, MaxLength, Beam, Seed, Encoding, .. Results.All])
        {
            command.Add(option);
        }

        return command;
    }

    public HelpPage Help()
    {
        var page = new HelpPage();
        page.Paragraph("engram translate train: learn to translate from sentences and their translations.");
        page.Heading("Usage");
        page.Line("engram translate train --source FILE --target FILE [options]");
        page.Paragraph("Two text files, a sentence a line, its translation in the same line of the other file. An LSTM reads a sentence in both directions, another writes the translation word by word "
            + "and looks back at the sentence as it goes. The translations of pairs that played no part in training are measured by BLEU and chrF, once taking the most likely "
            + "word each time (greedy) and once by beam search. An interrupted run leaves the best model so far.");
        page.Options("The pairs", Source, Target, ValidationSource, ValidationTarget, TestSource, TestTarget, Encoding);
        page.Options("The vocabularies", Tokens, Vocabulary, MinCount, MaxLength);
        page.Options("The network", Units, Embedding, EncoderLayers);
        page.Options("The training", Epochs, Minutes, BatchSize, LearningRate, Dropout, LabelSmoothing, ScheduledSampling, SampledSoftmax, Seed);
        page.Options("The results", [Beam, .. Results.All]);
        page.Heading("Examples");
        page.Line("engram translate train --source train.de --target train.en --test-source test.de --test-target test.en");
        page.Line("    From German to English, measured on the test. Open engram-translate/report.html afterwards.");
        page.Line("engram translate train --source train.de --target train.en --minutes 15");
        page.Line("    What can be learnt in a quarter of an hour.");
        page.Line("engram translate run engram-translate/model.keras \"ein hund schläft .\"");
        page.Line("    Translate a sentence.");
        return page;
    }

    /// <summary>The training that the command line asks for.</summary>
    /// <exception cref="UsageException">Options contradict each other.</exception>
    public TranslationOptions Options(ParseResult arguments)
    {
        var defaults = new TranslationOptions();
        if (arguments.GetValue(Tokens) == TranslationTokens.BytePairs)
        {
            if (arguments.GetValue(MinCount) is not null) { throw new UsageException("--min-count has no effect with --tokens byte-pairs, which have no rare words: leave it out, or give --vocabulary."); }
            BytePairs.DemandRoom(arguments.GetValue(Vocabulary));
        }

        return new TranslationOptions
        {
            Units = arguments.GetValue(Units) ?? defaults.Units,
            Embedding = arguments.GetValue(Embedding) ?? defaults.Embedding,
            EncoderLayers = arguments.GetValue(EncoderLayers) ?? defaults.EncoderLayers,
            Dropout = (float)(arguments.GetValue(Dropout) ?? defaults.Dropout),
            LabelSmoothing = arguments.GetValue(LabelSmoothing) ?? defaults.LabelSmoothing,
            ScheduledSampling = arguments.GetValue(ScheduledSampling) ?? defaults.ScheduledSampling,
            SampledSoftmax = arguments.GetValue(SampledSoftmax),
            Epochs = arguments.GetValue(Epochs) ?? defaults.Epochs,
            TimeLimit = arguments.GetValue(Minutes) is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
            BatchSize = arguments.GetValue(BatchSize) ?? defaults.BatchSize,
            LearningRate = arguments.GetValue(LearningRate) ?? defaults.LearningRate,
            Tokens = arguments.GetValue(Tokens) ?? defaults.Tokens,
            MaxTokens = arguments.GetValue(Vocabulary),
            MinCount = arguments.GetValue(MinCount) ?? defaults.MinCount,
            MaxLength = arguments.GetValue(MaxLength) ?? defaults.MaxLength,
            Seed = arguments.GetValue(Seed) ?? defaults.Seed,
        };
    }

    /// <summary>The pairs of two options; null where neither is given.</summary>
    public SentencePairs? Pairs(ParseResult arguments, Option<string?> source, Option<string?> target)
    {
        (string? sources, string? targets) = (arguments.GetValue(source), arguments.GetValue(target));
        if (sources is null && targets is null) { return null; }
        if (sources is null || targets is null) { throw new UsageException($"{source.Name} and {target.Name} go together; {(sources is null ? source.Name : target.Name)} is missing."); }
        return SentencePairs.Read(Demand(sources), Demand(targets), TextEncodings.Of(arguments, Encoding));
    }

    /// <summary>Refuses a name of no file.</summary>
    public static string Demand(string path) => InputFile.Demand(path, "Name a text file with a sentence a line.");

    private static Option<double?> Share(string name, string help) => OptionKinds.Parsed<double?>(name, "SHARE", help, "a share from 0 to below 1 such as 0.1",
        text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is >= 0 and < 1 ? share : null);
}
