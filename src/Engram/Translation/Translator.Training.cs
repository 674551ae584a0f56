using Engram.Data;

namespace Engram.Translation;

public sealed partial class Translator
{
    /// <summary>Trains a translator. With validation pairs the weights of the epoch that surprised them least are kept.</summary>
    /// <param name="pairs">Sentences and their translations to learn from. Pairs of which a side is empty or longer than <see cref="TranslationOptions.MaxLength"/> are left out.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="validation">Pairs that are not learnt from, or null.</param>
    /// <param name="checkpoint">A <c>.keras</c> file that is written after each epoch that is the best so far, so that an interrupted run leaves it; null for none.</param>
    /// <param name="progress">Is told how far it is, from the thread that trains.</param>
    /// <param name="cancellation">Stops training after a batch.</param>
    /// <exception cref="EngramException">No pair can be used, training diverges, or the checkpoint cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Translator Train(
        SentencePairs pairs, TranslationOptions? options = null, SentencePairs? validation = null,
        string? checkpoint = null, IProgress<TranslationProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        options ??= new TranslationOptions();
        bool tokenized = options.Tokenized ?? pairs.AreTokenized;
        SentenceTokenizer source = SentenceTokenizer.Train(pairs.Source, options, tokenized), target = SentenceTokenizer.Train(pairs.Target, options, tokenized);
        TranslationNetwork network = TranslationNetwork.Create(options, source.Tokenizer.Count, target.Tokenizer.Count);
        var translator = new Translator(network, source, target, []);
        SequencePairs training = translator.Tokens(pairs, options.MaxLength, out (int Empty, int Long) left);
        translator.Notes = [.. Remarks(options.Tokens, tokenized, left, options.MaxLength)];
        SequencePairs? held = validation is null ? null : translator.Tokens(validation, MostWords, out _);
        var run = new TranslationRun(translator, options, training, held) { Checkpoint = checkpoint, Progress = progress, Cancellation = cancellation };
        translator.Epochs = run.Epochs;
        run.Fit();
        return translator;
    }

    private static IEnumerable<string> Remarks(TranslationTokens tokens, bool tokenized, (int Empty, int Long) left, int most)
    {
        yield return tokens == TranslationTokens.BytePairs ? "Sentences are cut into byte pairs, capitals and spaces included; nothing is unknown."
            : tokenized ? "The texts are cut into words already; words are what stands between white space."
            : "Punctuation is cut off words and stands as words of its own.";
        if (left.Empty > 0) { yield return $"Left out: {left.Empty} pairs of which a side is empty."; }
        if (left.Long > 0) { yield return $"Left out: {left.Long} pairs with more than {most} {(tokens == TranslationTokens.BytePairs ? "byte pairs" : "words")} on a side."; }
    }
}
