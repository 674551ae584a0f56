using Engram.Data;
using Engram.Layers;
using Engram.Models;

namespace Engram.Classification;

/// <summary>
/// Says which class a sequence of numbers belongs to; sequences may differ in length. Values are standardised by the part that is learnt from; a little noise and
/// dropout work against learning by heart.
/// <code>
/// LabelledSequences train = LabelledSequences.ReadTs("JapaneseVowels_TRAIN.ts");
/// SequenceClassifier classifier = SequenceClassifier.Train(train);
/// ClassPrediction answer = classifier.Predict(recording);       // recording: float[,], (timeSteps, features)
/// Console.WriteLine($"{answer.Class}, {answer.Confidence:P0} sure");
/// classifier.Save("vowels.keras");
/// </code>
/// </summary>
public sealed class SequenceClassifier : Classifier
{
    internal const string Type = "sequence";

    private const int DefaultEpochs = 60, BatchSize = 16;

    internal SequenceClassifier(Network network, IReadOnlyList<string> classes, string majorityClass, ClassifierTraining? training, IReadOnlyList<string> featureNames)
        : base(network, classes, majorityClass, training) => (Features, FeatureNames) = (network.InputShapes![0].Last, featureNames);

    /// <summary>How many features each step has.</summary>
    public int Features { get; }

    /// <summary>What the features are called, in their order; empty where the sequences that it learnt from had no names for them.</summary>
    public IReadOnlyList<string> FeatureNames { get; }

    private protected override string TypeName => Type;

    private protected override Shape InputShape => new(Shape.Unknown, Shape.Unknown, Features);

    /// <summary>Trains a classifier.</summary>
    /// <param name="sequences">The sequences and their classes. Samples to measure it on stay out of them.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told after each epoch of each network; called from any thread, one call at a time.</param>
    /// <param name="cancellation">Stops after the present epoch.</param>
    /// <exception cref="EngramException">The sequences have no classes, are too few, or all of one class.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SequenceClassifier Train(
        LabelledSequences sequences, SequenceClassifierOptions? options = null, IProgress<ClassifierProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        options ??= new SequenceClassifierOptions();
        if (sequences.Classes.Count == 0) { throw new EngramException("The sequences have no classes; a classifier learns from sequences whose classes are known."); }
        int[] targets = [.. sequences.Targets.Select(target => (int)target)];
        DemandLearnable(targets, sequences.Classes, "sequences");
        (int[] training, int[] validation) = Split(targets, sequences.Classes.Count, options, "sequences");
        float[][,] all = [.. sequences.Sequences];
        (Network model, ClassifierTraining results) = ClassifierFit.Run(new ClassifierPlan
        {
            Classes = sequences.Classes,
            Targets = targets,
            Training = training,
            Validation = validation,
            Samples = samples => new RaggedSequences([.. samples.Select(i => all[i])], OneHot(targets, samples, sequences.Classes.Count)),
            Input = () => new Input(Shape.Unknown, sequences.Features) { Name = "sequence" },
            Network = seed => Build(options, sequences.Features, sequences.Classes.Count, training.Select(i => all[i]), seed),
            LearningRate = 0.003,
            BatchSize = BatchSize,
            Epochs = options.Epochs ?? DefaultEpochs,
            Patience = options.Epochs ?? DefaultEpochs,
            LabelSmoothing = 0,
        }, options, [.. sequences.Notes, .. RareClasses(targets, sequences.Classes, "sequences")], progress, cancellation);
        return new SequenceClassifier(model, sequences.Classes, results.Validation.MajorityClass, results, sequences.FeatureNames);
    }

    /// <summary>Reads a classifier that <see cref="Classifier.Save"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EngramException">The file is damaged, or has no classifier of sequences; the message names the place.</exception>
    public static SequenceClassifier Load(string path) => Load(path, null) as SequenceClassifier
        ?? throw new EngramException($"{path}: is a classifier of texts; read it with TextClassifier.Load.");

    /// <summary>The answer for a sequence.</summary>
    /// <param name="sequence">(timeSteps, features).</param>
    /// <exception cref="EngramException">The sequence has no step, other features, or a number that is not finite.</exception>
    public ClassPrediction Predict(float[,] sequence) => Predict([sequence])[0];

    /// <summary>The answers for sequences.</summary>
    /// <param name="sequences">The sequences, each (timeSteps, features).</param>
    /// <exception cref="EngramException">A sequence has no step, other features, or a number that is not finite.</exception>
    public IReadOnlyList<ClassPrediction> Predict(IReadOnlyList<float[,]> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        DemandFeatures(sequences);
        return sequences.Count == 0 ? [] : [.. Answers(new RaggedSequences(sequences))];
    }

    /// <summary>How good the answers are on sequences whose classes are known.</summary>
    /// <param name="sequences">The sequences; they must have been read with <see cref="Classifier.Classes"/> as their classes.</param>
    /// <exception cref="EngramException">Their classes or features are others.</exception>
    public ClassifierEvaluation Evaluate(LabelledSequences sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (!sequences.Classes.SequenceEqual(Classes)) { throw new EngramException($"The sequences have the classes {string.Join(", ", sequences.Classes)}; the classifier's are {string.Join(", ", Classes)}. Read them with the classifier's classes."); }
        DemandFeatures(sequences.Sequences);
        return Evaluate(new RaggedSequences(sequences.Sequences), [.. sequences.Targets.Select(target => (int)target)]);
    }

    internal static SequenceClassifier Read(Network network, string[] classes, string majorityClass, JsonFields state, string path)
    {
        string[] names = state.Has("features") ? state.Texts("features") : [];
        int features = network.InputShapes![0].Last;
        return names.Length == 0 || names.Length == features
            ? new SequenceClassifier(network, classes, majorityClass, null, names)
            : throw new EngramException($"{path}: the model reads {features} features; {names.Length} are named.");
    }

    private protected override void WriteState(System.Text.Json.Utf8JsonWriter json)
    {
        if (FeatureNames.Count == 0) { return; }
        json.WriteStartArray("features");
        foreach (string name in FeatureNames) { json.WriteStringValue(name); }
        json.WriteEndArray();
    }

    private void DemandFeatures(IReadOnlyList<float[,]> sequences)
    {
        for (int i = 0; i < sequences.Count; i++)
        {
            if (sequences[i].GetLength(1) != Features) { throw new EngramException($"Sequence {i} has {sequences[i].GetLength(1)} features; the classifier was trained on {Features}."); }
        }
    }

    private static Sequential Build(SequenceClassifierOptions options, int features, int classes, IEnumerable<float[,]> training, long seed)
    {
        var scale = new Normalization();
        scale.Adapt(training);
        var network = new Sequential(
            new Input(Shape.Unknown, features), scale, new GaussianNoise(0.3f), new Bidirectional(RecurrentLayer(options, returnSequences: false)), new Dropout(0.5f), new Dense(classes))
        { Seed = seed };
        network.Build();
        return network;
    }
}
