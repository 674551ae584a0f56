using System.Numerics.Tensors;
using System.Text.Json;
using Engram.Data;
using Engram.Forecasting;
using Engram.Formats;
using Engram.Formats.Keras;
using Engram.Layers;
using Engram.Models;

namespace Engram.Classification;

/// <summary>
/// Says which of a few classes a sample belongs to, and how sure that is. A few recurrent networks that differ in their seed read the sample in both directions;
/// the mean of their outputs, divided by a temperature that samples kept out of training have set, becomes probabilities. <see cref="TextClassifier"/> is for texts,
/// <see cref="SequenceClassifier"/> for sequences of numbers.
/// </summary>
public abstract class Classifier
{
    internal const string StateEntry = "classifier.json";

    /// <summary>How many samples are answered at once; changes no answer.</summary>
    internal const int PredictionBatch = 64;

    private protected Classifier(Network network, IReadOnlyList<string> classes, string majorityClass, ClassifierTraining? training) =>
        (Network, Classes, MajorityClass, Temperature, Training) = (network, classes, majorityClass, ClassifierFit.TemperatureOf(network)!.Value, training);

    /// <summary>The model itself: networks, mean, temperature and softmax. Its output are calibrated probabilities (samples, classes).</summary>
    public Network Network { get; }

    /// <summary>The names of the classes in the order of their numbers.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The class that was the most frequent in training; always answering it is the baseline.</summary>
    public string MajorityClass { get; }

    /// <summary>What the networks' outputs are divided by before they become probabilities: above 1 where the networks were too sure.</summary>
    public double Temperature { get; }

    /// <summary>What training found out; null for a classifier that was read from a file.</summary>
    public ClassifierTraining? Training { get; }

    /// <summary>
    /// Writes the classifier as a <c>.keras</c> file: a model that <see cref="Network.Load(string, LoadOptions?)"/>, <c>engram run</c> and Keras read, and in the entry
    /// <c>engram/classifier.json</c> what else is needed.
    /// </summary>
    /// <param name="path">The <c>.keras</c> file; its folder must exist. It is replaced as a whole.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public void Save(string path)
    {
        var entries = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            [StateEntry] = JsonFields.Write(json =>
            {
                json.WriteString("type", TypeName);
                json.WriteStartArray("classes");
                foreach (string name in Classes) { json.WriteStringValue(name); }
                json.WriteEndArray();
                json.WriteString("majority_class", MajorityClass);
                WriteState(json);
            }),
        };
        AddEntries(entries);
        Network.Save(path, entries);
    }

    /// <summary>Reads a classifier of either kind.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file may name and ask for; null for the defaults.</param>
    /// <exception cref="EngramException">The file is damaged, or has no classifier; the message names the place.</exception>
    public static Classifier Load(string path, LoadOptions? options = null)
    {
        options ??= LoadOptions.Default;
        Network network = Network.Load(path, out IReadOnlyDictionary<string, ReadOnlyMemory<byte>> entries, options);
        ReadOnlyMemory<byte> Entry(string name) => entries.TryGetValue(name, out ReadOnlyMemory<byte> bytes)
            ? bytes
            : throw new EngramException($"{path}: the entry engram/{name} is missing; expected a classifier's file, as engram classify train writes it.");
        string place = $"{path}: engram/{StateEntry}";
        var state = new JsonFields(JsonText.ReadObject(Entry(StateEntry).Span, place, options.Limits), place);
        string type = state.Text("type");
        string[] classes = state.Texts("classes");
        if (classes.Length < 2 || classes.Distinct(StringComparer.Ordinal).Count() < classes.Length) { throw state.Wrong("classes", "must be at least two different names"); }
        string majority = state.Text("majority_class");
        if (!classes.Contains(majority)) { throw state.Wrong("majority_class", $"is '{majority}', which is none of the classes"); }
        DemandShapes(network, classes.Length, path);
        Classifier classifier = type switch
        {
            TextClassifier.Type => TextClassifier.Read(network, classes, majority, state, Tokenizer.FromJson(Entry(TextClassifier.TokenizerEntry).Span, $"{path}: engram/{TextClassifier.TokenizerEntry}", options.Limits)),
            SequenceClassifier.Type => SequenceClassifier.Read(network, classes, majority, state, path),
            _ => throw state.Wrong("type", $"is '{type}'; known are {TextClassifier.Type} and {SequenceClassifier.Type}"),
        };
        state.DemandAllRead();
        classifier.DemandInput(path);
        return classifier;
    }

    private protected abstract string TypeName { get; }

    /// <summary>The shape that the model's input must have.</summary>
    private protected abstract Shape InputShape { get; }

    private protected virtual void WriteState(Utf8JsonWriter json) { }

    private protected virtual void AddEntries(Dictionary<string, ReadOnlyMemory<byte>> entries) { }

    private protected ClassifierEvaluation Evaluate(IDataset samples, int[] targets) =>
        new(Classes, targets, Probabilities(Network, samples), MajorityClass, Temperature);

    private protected IEnumerable<ClassPrediction> Answers(IDataset samples)
    {
        float[,] probabilities = Probabilities(Network, samples);
        for (int i = 0; i < probabilities.GetLength(0); i++)
        {
            var row = new double[Classes.Count];
            for (int k = 0; k < row.Length; k++) { row[k] = probabilities[i, k]; }
            int best = Array.IndexOf(row, row.Max());
            yield return new ClassPrediction(Classes[best], row[best], row);
        }
    }

    /// <summary>The model's output as it is: (samples, classes).</summary>
    internal static float[,] Probabilities(Network network, IDataset samples)
    {
        Tensor<float> output = network.Predict(samples, PredictionBatch);
        var rows = new float[(int)output.Lengths[0], (int)output.Lengths[1]];
        for (int i = 0; i < rows.GetLength(0); i++)
        {
            for (int k = 0; k < rows.GetLength(1); k++) { rows[i, k] = output[i, k]; }
        }

        return rows;
    }

    /// <summary>Refuses data from which nothing can be learnt.</summary>
    /// <param name="targets">The number of each sample's class.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="noun">What the samples are, in the plural.</param>
    private protected static void DemandLearnable(int[] targets, IReadOnlyList<string> classes, string noun)
    {
        const int Fewest = 10;
        if (targets.Length < Fewest) { throw new EngramException($"There are {targets.Length} {noun}; at least {Fewest} are needed to learn from."); }
        int[] there = [.. targets.Distinct()];
        if (there.Length == 1) { throw new EngramException($"All {targets.Length} {noun} are of the class '{classes[there[0]]}'; to tell classes apart, at least two must occur."); }
    }

    /// <summary>The two parts of the samples.</summary>
    private protected static (int[] Training, int[] Validation) Split(int[] targets, int classes, ClassifierOptions options, string noun)
    {
        (int[] training, int[] validation) = SampleSplit.Stratified(targets, classes, options.ValidationShare, options.Seed);
        return validation.Length > 0
            ? (training, validation)
            : throw new EngramException($"Of {targets.Length} {noun} a validation share of {options.ValidationShare} leaves none to validate on; give more {noun} or a larger share.");
    }

    /// <summary>What should be said about rare classes.</summary>
    private protected static IEnumerable<string> RareClasses(int[] targets, IReadOnlyList<string> classes, string noun)
    {
        for (int k = 0; k < classes.Count; k++)
        {
            int count = targets.Count(target => target == k);
            if (count == 0) { yield return $"No one of the {noun} is of the class '{classes[k]}'; the classifier will not answer it."; }
            if (count == 1) { yield return $"The class '{classes[k]}' occurs once. It is learnt from, but nothing tells how well; more examples are needed."; }
        }
    }

    private protected static float[,] OneHot(int[] targets, ReadOnlySpan<int> samples, int classes)
    {
        var rows = new float[samples.Length, classes];
        for (int i = 0; i < samples.Length; i++) { rows[i, targets[samples[i]]] = 1; }
        return rows;
    }

    private protected static Recurrent RecurrentLayer(ClassifierOptions options, bool returnSequences) => options.Cell switch
    {
        RecurrentKind.Lstm => new Lstm(options.Units) { ReturnSequences = returnSequences },
        RecurrentKind.Gru => new Gru(options.Units) { ReturnSequences = returnSequences },
        _ => new SimpleRnn(options.Units) { ReturnSequences = returnSequences },
    };

    private static void DemandShapes(Network network, int classes, string path)
    {
        if (network.InputShapes is not { Count: 1 } inputs) { throw new EngramException($"{path}: the model has {network.InputNames.Count} inputs; a classifier has one."); }
        IReadOnlyList<Shape> outputs = network.OutputShapes(inputs);
        if (outputs.Count != 1 || outputs[0].Rank != 2 || outputs[0].Last != classes)
        {
            throw new EngramException($"{path}: the model's output is {outputs[0]}; for {classes} classes it must be (batch, {classes}).");
        }

        if (ClassifierFit.TemperatureOf(network) is not > 0) { throw new EngramException($"{path}: the model has no Rescaling layer '{ClassifierFit.TemperatureName}' above 0; a classifier divides by its temperature there."); }
    }

    private void DemandInput(string path)
    {
        Shape shape = Network.InputShapes![0];
        if (!shape.Equals(InputShape)) { throw new EngramException($"{path}: the model's input is {shape}; a classifier of this kind has {InputShape}."); }
    }
}
