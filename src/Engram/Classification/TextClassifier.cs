using System.Text.Json;
using Engram.Data;
using Engram.Layers;
using Engram.Models;

namespace Engram.Classification;

/// <summary>
/// Says which class a text belongs to. Words become vectors that are learnt; LSTM networks read them in both directions, and the mean of what they have seen decides.
/// Against learning by heart whole words and whole features are dropped in training, and targets are smoothed. What single words say by counting is added, as far as texts
/// that were kept out of training say that it helps.
/// <code>
/// TextClassifier classifier = TextClassifier.Train(LabelledTexts.ReadCsv("reviews.csv"));
/// TextPrediction answer = classifier.Predict("the plot is thin and the acting worse");
/// Console.WriteLine($"{answer.Class}, {answer.Confidence:P0} sure");
/// classifier.Save("reviews.keras");
/// </code>
/// </summary>
public sealed class TextClassifier : Classifier
{
    internal const string Type = "text", TokenizerEntry = "tokenizer.json";
    internal const int MostLength = 100_000;

    private const int DefaultEpochs = 6, BatchSize = 32;

    private readonly int maxLength;

    private TextClassifier(Network network, IReadOnlyList<string> classes, string majorityClass, Tokenizer tokenizer, int maxLength, ClassifierTraining? training)
        : base(network, classes, majorityClass, training) => (Tokenizer, this.maxLength) = (tokenizer, maxLength);

    /// <summary>What cuts texts into tokens.</summary>
    public Tokenizer Tokenizer { get; }

    private protected override string TypeName => Type;

    private protected override Shape InputShape => new(Shape.Unknown, Shape.Unknown);

    /// <summary>Trains a classifier.</summary>
    /// <param name="texts">The texts and their classes. Texts to measure it on stay out of them.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told after each epoch of each network; called from any thread, one call at a time.</param>
    /// <param name="cancellation">Stops after the present epoch.</param>
    /// <exception cref="EngramException">The texts are too few, all of one class, or without any word.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TextClassifier Train(
        LabelledTexts texts, TextClassifierOptions? options = null, IProgress<ClassifierProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new TextClassifierOptions();
        string[] classes = [.. texts.Labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        int[] targets = Numbers(texts, classes);
        DemandLearnable(targets, classes, "texts");
        (int[] training, int[] validation) = Split(targets, classes.Length, options, "texts");
        Tokenizer tokenizer = options.Tokenizer ?? WordTokenizer.Train(training.Select(i => texts.Texts[i]), new WordTokenizerOptions { SplitContractions = true });
        int cut = 0;
        var tokens = new float[texts.Count][];
        for (int i = 0; i < tokens.Length; i++)
        {
            int[] whole = tokenizer.Encode(texts.Texts[i]);
            tokens[i] = Read(whole, options.MaxLength);
            cut += whole.Length > options.MaxLength ? 1 : 0;
        }

        List<string> notes = [.. RareClasses(targets, classes, "texts")];
        if (cut > 0) { notes.Add($"{cut} of the texts {(cut == 1 ? "is" : "are")} longer than {options.MaxLength} tokens; what is behind them was not read."); }
        (Network model, ClassifierTraining results) = ClassifierFit.Run(new ClassifierPlan
        {
            Classes = classes,
            Targets = targets,
            Training = training,
            Validation = validation,
            Samples = samples => new RaggedSequences([.. samples.Select(i => tokens[i])], OneHot(targets, samples, classes.Length)),
            Input = Tokens,
            Network = seed => Build(options, tokenizer.Count, classes.Length, seed),
            Evidence = WordEvidence.Create(Tokens(), tokenizer.Count, classes.Length, training.Select(i => tokens[i]), training.Select(i => targets[i])),
            LearningRate = 0.002,
            BatchSize = BatchSize,
            Epochs = options.Epochs ?? DefaultEpochs,
            Patience = 2,
            LabelSmoothing = 0.1,
        }, options, notes, progress, cancellation);
        return new TextClassifier(model, classes, results.Validation.MajorityClass, tokenizer, options.MaxLength, results);
    }

    /// <summary>Reads a classifier that <see cref="Classifier.Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EngramException">The file is damaged, or has no classifier of texts; the message names the place.</exception>
    public static TextClassifier Load(string path) => Load(path, null) as TextClassifier
        ?? throw new EngramException($"{path}: is a classifier of sequences of numbers; read it with SequenceClassifier.Load.");

    /// <summary>The answer for a text; an empty one gets an answer too, which rests on nothing.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="EngramException">The text has half a character.</exception>
    public TextPrediction Predict(string text) => Predict([text])[0];

    /// <summary>The answers for texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <exception cref="EngramException">A text has half a character.</exception>
    public IReadOnlyList<TextPrediction> Predict(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count == 0) { return []; }
        int[][] whole = [.. texts.Select(Tokenizer.Encode)];
        float[][] read = [.. whole.Select(tokens => Read(tokens, maxLength))];
        return
        [
            .. Answers(new RaggedSequences(read)).Select((answer, i) => new TextPrediction(
                answer.Class, answer.Confidence, answer.Probabilities, whole[i].Length, read[i].Count(token => token != Tokenizer.Unknown), whole[i].Length > maxLength)),
        ];
    }

    /// <summary>How good the answers are on texts whose classes are known.</summary>
    /// <param name="texts">The texts and their classes.</param>
    /// <exception cref="EngramException">A label is none of the classes that the classifier knows.</exception>
    public ClassifierEvaluation Evaluate(LabelledTexts texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        int[] targets = Numbers(texts, Classes);
        return Evaluate(new RaggedSequences([.. texts.Texts.Select(text => Read(Tokenizer.Encode(text), maxLength))]), targets);
    }

    internal static TextClassifier Read(Network network, IReadOnlyList<string> classes, string majorityClass, JsonFields state, Tokenizer tokenizer) =>
        new(network, classes, majorityClass, tokenizer, state.Int32("max_length", 1, MostLength), null);

    private protected override void WriteState(Utf8JsonWriter json) => json.WriteNumber("max_length", maxLength);

    private protected override void AddEntries(Dictionary<string, ReadOnlyMemory<byte>> entries) => entries[TokenizerEntry] = Tokenizer.ToJson();

    // A text without any token is read as one that is not known.
    private static float[] Read(int[] tokens, int maxLength) => tokens.Length == 0 ? [Tokenizer.Unknown] : [.. tokens.Take(maxLength).Select(token => (float)token)];

    private static int[] Numbers(LabelledTexts texts, IReadOnlyList<string> classes)
    {
        Dictionary<string, int> numbers = classes.Select((name, k) => (name, k)).ToDictionary(pair => pair.name, pair => pair.k, StringComparer.Ordinal);
        return
        [
            .. texts.Labels.Select((label, i) => numbers.TryGetValue(label, out int number)
                ? number
                : throw new EngramException($"Text {i} is of the class '{label}', which training did not have; it had {string.Join(", ", classes)}.")),
        ];
    }

    private static Input Tokens() => new([Shape.Unknown]) { Name = "tokens" };

    private static Model Build(TextClassifierOptions options, int tokens, int classes, long seed)
    {
        Input input = Tokens();
        SymbolicTensor x = new Embedding(tokens, options.VectorLength) { MaskZero = true }.Apply(input);
        x = new SpatialDropout1D(0.5f).Apply(x);
        x = new Dropout(0.4f) { NoiseShape = [null, null, 1] }.Apply(x); // whole words
        x = new Bidirectional(RecurrentLayer(options, returnSequences: true)).Apply(x);
        x = new GlobalAveragePooling1D().Apply(x);
        x = new Dropout(0.6f).Apply(x);
        var network = new Model([input], [new Dense(classes).Apply(x)]) { Seed = seed };
        network.Build();
        return network;
    }
}
