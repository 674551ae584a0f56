using Engram.Data;
using Engram.Models;
using Engram.Training;

namespace Engram.Translation;

/// <summary>
/// Translates sentences with an encoder and a decoder of LSTM layers and attention between them (Bahdanau, Cho and Bengio 2015; Luong, Pham and Manning 2015). It learns from pairs of sentences.
/// <code>
/// Translator translator = Translator.Train(german, english, new TranslationOptions { Epochs = 10 }, new SentencePairs(germanHeldOut, englishHeldOut));
/// TranslatedText translated = translator.Translate("ein hund schläft .");
/// translator.Save("german-english.keras");
/// </code>
/// A translator does not change once it is trained. It is for one thread at a time.
/// </summary>
public sealed partial class Translator
{
    /// <summary>The most words, or byte pairs, that a sentence may have to be translated.</summary>
    public const int MostWords = 2000;

    private readonly TranslationNetwork network;
    private readonly SentenceTokenizer source, target;
    private DecoderSteps? steps;
    private NetworkPass? scoring;

    private Translator(TranslationNetwork network, SentenceTokenizer source, SentenceTokenizer target, IReadOnlyList<TranslationEpoch> epochs) =>
        (this.network, this.source, this.target, Epochs) = (network, source, target, epochs);

    /// <summary>
    /// The vocabulary of the language that is translated: a <see cref="WordTokenizer"/>, or a <see cref="BytePairTokenizer"/>, which is given a space before each sentence.
    /// </summary>
    public Tokenizer SourceTokenizer => source.Tokenizer;

    /// <summary>The vocabulary of the language that it is translated to, of the same kind.</summary>
    public Tokenizer TargetTokenizer => target.Tokenizer;

    /// <summary>The figures of each epoch of the training.</summary>
    public IReadOnlyList<TranslationEpoch> Epochs { get; private set; }

    /// <summary>What was noticed in the pairs that it was trained on, in sentences; empty for a translator that was read from a file.</summary>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>The network: source and target tokens to logits of the next word. It is what <see cref="Save"/> writes.</summary>
    public Model Model => network.Training;

    /// <summary>Translates a sentence.</summary>
    /// <param name="sentence">The sentence. An empty one has an empty translation.</param>
    /// <param name="options">How; null for a beam of 5.</param>
    /// <exception cref="EngramException">The sentence has more than <see cref="MostWords"/> words, or half a character.</exception>
    public TranslatedText Translate(string sentence, DecodingOptions? options = null) => Translate([sentence], options)[0];

    /// <summary>Translates sentences; those of like lengths together.</summary>
    /// <param name="sentences">The sentences. An empty one has an empty translation.</param>
    /// <param name="options">How; null for a beam of 5.</param>
    /// <param name="progress">Is told how many are done.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The translations in the order of the sentences.</returns>
    /// <exception cref="EngramException">A sentence has more than <see cref="MostWords"/> words, or half a character.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<TranslatedText> Translate(
        IReadOnlyList<string> sentences, DecodingOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sentences);
        options ??= new DecodingOptions();
        var sources = new int[sentences.Count][];
        for (int i = 0; i < sources.Length; i++) { sources[i] = SourceTokens(sentences[i], $"sentence {i + 1}"); }
        var translated = new TranslatedText[sources.Length];
        int done = 0;
        foreach (int[] batch in Enumerable.Range(0, sources.Length).OrderBy(i => sources[i].Length).Chunk(options.BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            int[] spoken = [.. batch.Where(i => sources[i].Length > 1)]; // more than the end
            foreach (int i in batch) { translated[i] = new TranslatedText(sentences[i], ""); }
            if (spoken.Length > 0)
            {
                Hypothesis[] found = Search([.. spoken.Select(i => sources[i])], options);
                for (int k = 0; k < spoken.Length; k++) { translated[spoken[k]] = Describe(sentences[spoken[k]], sources[spoken[k]], found[k], options); }
            }

            done += batch.Length;
            progress?.Report(done);
        }

        return translated;
    }

    /// <summary>
    /// How surprised the model is by translations that it is given: exp of the mean of -ln p over their words, ends included. 1 would be no surprise at all, the size of the vocabulary sheer
    /// guessing. Words that the vocabulary lacks count as the unknown word. With byte pairs it is that of byte pairs, of which a text has more than words.
    /// </summary>
    /// <param name="pairs">Sentences and their translations.</param>
    /// <exception cref="EngramException">There is no pair with words.</exception>
    public double Perplexity(SentencePairs pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        return Perplexity(Tokens(pairs, MostWords, out _), 64);
    }

    internal double Perplexity(SequencePairs pairs, int batchSize)
    {
        using Feed feed = ((IDataset)pairs).CreateFeed(new FeedRequest { BatchSize = batchSize, InputNames = Model.InputNames, TargetNames = ["logits"] });
        NetworkPass pass = scoring ??= ((INetwork)Model).CreatePass();
        var loss = new SmoothedCrossentropyLoss(0);
        double[] elements = [];
        double sum = 0;
        long words = 0;
        feed.BeginEpoch(null);
        while (feed.Next() is { } batch)
        {
            pass.Forward(batch.Inputs, batch.Masks, training: false, keepForBackward: false, default);
            TensorBuffer target = batch.Targets[0];
            if (elements.Length < target.Length) { elements = new double[target.Length]; }
            loss.Forward(target, pass.Output(0), elements.AsSpan(0, target.Length));
            for (int i = 0; i < target.Length; i++)
            {
                if (target.Span[i] == Tokenizer.Padding) { continue; }
                sum += elements[i];
                words++;
            }
        }

        return Math.Exp(sum / words);
    }

    /// <summary>The tokens of pairs: sources with an end, targets with start and end. Pairs of which a side is empty or too long are left out.</summary>
    internal SequencePairs Tokens(SentencePairs pairs, int most, out (int Empty, int Long) left)
    {
        List<int[]> sources = [], targets = [];
        left = default;
        for (int i = 0; i < pairs.Count; i++)
        {
            (int[] x, int[] y) = (source.Encode(pairs.Source[i]), target.Encode(pairs.Target[i]));
            if (x.Length == 0 || y.Length == 0) { left.Empty++; }
            else if (x.Length > most || y.Length > most) { left.Long++; }
            else
            {
                sources.Add([.. x, Tokenizer.End]);
                targets.Add([Tokenizer.Start, .. y, Tokenizer.End]);
            }
        }

        return sources.Count > 0
            ? new SequencePairs(sources, targets)
            : throw new EngramException($"None of the {pairs.Count} pairs can be used: {left.Empty} are empty on a side, {left.Long} have more than {most} {source.Unit} on a side.");
    }

    private int[] SourceTokens(string sentence, string name)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        int[] tokens = source.Encode(sentence);
        return tokens.Length <= MostWords
            ? [.. tokens, Tokenizer.End]
            : throw new EngramException($"{name} has {tokens.Length} {source.Unit}; at most {MostWords} are translated together. Cut the text into sentences, one a line.");
    }

    private Hypothesis[] Search(int[][] sources, DecodingOptions options)
    {
        steps ??= new DecoderSteps(network);
        steps.Encode(sources);
        return new BeamSearch(steps, options) { MayBeUnknown = target.HasUnknown }.Run([.. sources.Select(tokens => tokens.Length)]);
    }

    private TranslatedText Describe(string sentence, int[] tokens, Hypothesis found, DecodingOptions options)
    {
        (int Token, float[] Attention)[] path = found.Path();
        string[] sourceWords = source.Pieces(sentence, tokens);
        var words = new string[path.Length];
        var attention = new double[path.Length, tokens.Length];
        var text = new List<string>();
        var run = new List<int>();
        for (int i = 0; i < path.Length; i++)
        {
            (int token, float[] weights) = path[i];
            for (int k = 0; k < weights.Length; k++) { attention[i, k] = weights[k]; }
            words[i] = TargetTokenizer.Vocabulary[token];
            if (token == Tokenizer.Unknown && options.ReplaceUnknown)
            {
                words[i] = sourceWords[MostAttended(weights)];
                Join(run, text);
                text.Add(words[i]);
            }
            else { run.Add(token); }
        }

        Join(run, text);
        return new TranslatedText(sentence, string.Join(' ', text))
        {
            SourceWords = sourceWords,
            Words = words,
            Attention = attention,
            UnknownWords = [.. sourceWords.Where((_, i) => tokens[i] == Tokenizer.Unknown)],
            LogProbability = found.LogProbability,
            Score = found.Score,
        };
    }

    private void Join(List<int> run, List<string> text)
    {
        string part = target.Decode(run);
        if (part.Length > 0) { text.Add(part); }
        run.Clear();
    }

    // The last token is the end, which nobody wants in a text.
    private static int MostAttended(float[] weights)
    {
        int most = 0;
        for (int i = 1; i < weights.Length - 1; i++)
        {
            if (weights[i] > weights[most]) { most = i; }
        }

        return most;
    }
}
