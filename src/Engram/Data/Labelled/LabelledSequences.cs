using Engram.Evaluation;

namespace Engram.Data;

/// <summary>
/// Sequences of different lengths, each with a class, or with a number to predict: what a classifier of whole sequences is fitted on.
/// <code>
/// var train = LabelledSequences.ReadTs("JapaneseVowels_TRAIN.ts");
/// var test = LabelledSequences.ReadTs("JapaneseVowels_TEST.ts", train.Classes);
/// var model = new Sequential(new Input(Shape.Unknown, train.Features), new Lstm(64), new Dense(train.Classes.Count) { Activation = Activations.Softmax });
/// model.Compile(new Adam(), Loss.SparseCategoricalCrossentropy(), Metrics.Accuracy());
/// model.Fit(train);
/// double accuracy = model.Evaluate(test)["accuracy"];
/// </code>
/// </summary>
public sealed class LabelledSequences : IDataset
{
    private readonly float[][,] sequences;
    private readonly string[] classes;
    private readonly float[] targets;
    private readonly RaggedSequences ragged;

    /// <summary>Joins sequences and the names of their classes.</summary>
    /// <param name="sequences">The sequences, each (timeSteps, features), all with the same features.</param>
    /// <param name="labels">The name of each sequence's class.</param>
    /// <param name="classes">The names of all classes, in the order of their numbers; null for those that occur, in ordinal order.</param>
    /// <exception cref="EngramException">There is no sequence, one has no step, features differ, there is not one label for each, or a label is none of the classes.</exception>
    public LabelledSequences(IReadOnlyList<float[,]> sequences, IReadOnlyList<string> labels, IReadOnlyList<string>? classes = null)
        : this(sequences, classes is null ? [.. labels.Distinct().Order(StringComparer.Ordinal)] : [.. classes], labels)
    {
    }

    /// <summary>Joins sequences and the numbers to predict; <paramref name="targets"/> may be empty.</summary>
    internal LabelledSequences(IReadOnlyList<float[,]> sequences, float[] targets, string[] classes)
    {
        (this.sequences, this.targets, this.classes) = ([.. sequences], targets, classes);
        ragged = new RaggedSequences(this.sequences, targets.Length > 0 ? targets : default(NumericArray));
    }

    private LabelledSequences(IReadOnlyList<float[,]> sequences, string[] classes, IReadOnlyList<string> labels)
        : this(sequences, Numbers(labels, classes), classes)
    {
    }

    /// <summary>The number of sequences.</summary>
    public int Count => sequences.Length;

    /// <summary>The number of features of each step.</summary>
    public int Features => sequences[0].GetLength(1);

    /// <summary>The sequences, each (timeSteps, features).</summary>
    public IReadOnlyList<float[,]> Sequences => sequences;

    /// <summary>The names of the classes in the order of their numbers; empty where sequences have numbers to predict, or nothing.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <summary>For each sequence the number of its class, or the number to predict; empty where the file tells neither.</summary>
    public IReadOnlyList<float> Targets => targets;

    /// <summary>What the file calls each sequence; empty where it has no names for them.</summary>
    public IReadOnlyList<string> Names { get; internal init; } = [];

    /// <summary>What the file calls each feature; empty where it has no names for them.</summary>
    public IReadOnlyList<string> FeatureNames { get; internal init; } = [];

    /// <summary>What was done while reading, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; internal init; } = [];

    int? IDataset.SampleCount => Count;

    /// <summary>Reads a CSV file in long form: a row for each step of each sequence, which may differ in length.</summary>
    /// <param name="path">The file's name.</param>
    /// <param name="columns">Which columns are what.</param>
    /// <param name="classes">The classes in the order of their numbers, for a test file those of the training file; null for those that occur, in ordinal order.</param>
    /// <param name="encoding">The file's encoding; null for UTF-8.</param>
    /// <exception cref="EngramException">
    /// The file cannot be read or decoded, a value or label is missing or none, or the label changes within a sequence; the message names the line.
    /// </exception>
    public static LabelledSequences ReadCsv(string path, SequenceColumns columns, IReadOnlyList<string>? classes = null, System.Text.Encoding? encoding = null) =>
        FromTable(CsvTable.Parse(TextFile.Read(path, encoding), path, header: true), columns, classes);

    /// <summary>Takes sequences from a table in long form: a row for each step of each sequence.</summary>
    /// <param name="table">The table, with the names of its columns.</param>
    /// <param name="columns">Which columns are what.</param>
    /// <param name="classes">The classes in the order of their numbers; null for those that occur, in ordinal order.</param>
    /// <exception cref="EngramException">A value or label is missing or none, or the label changes within a sequence; the message names the line.</exception>
    public static LabelledSequences FromTable(CsvTable table, SequenceColumns columns, IReadOnlyList<string>? classes = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(columns);
        return new SequenceTableReader(table, columns).Read(classes);
    }

    /// <summary>
    /// Reads a file in the <c>.ts</c> format of the UEA and UCR archives (see the documentation of sktime and aeon): a header of lines that begin
    /// with <c>@</c>, then a case a line, its dimensions between colons, their values between commas, the class or the number to predict last.
    /// </summary>
    /// <param name="path">The file's name.</param>
    /// <param name="classes">The classes in the order of their numbers, for a test file those of the training file; null for those of the header.</param>
    /// <param name="missing">What becomes of missing values (<c>?</c>), within the dimension of each case. Default: they are refused.</param>
    /// <exception cref="EngramException">The file cannot be read or is damaged, or a value is missing; the message names line and column.</exception>
    public static LabelledSequences ReadTs(string path, IReadOnlyList<string>? classes = null, MissingValues missing = MissingValues.Refuse) =>
        ParseTs(TextFile.Read(path), path, classes, missing);

    /// <summary>Reads text in the <c>.ts</c> format.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="classes">The classes in the order of their numbers; null for those of the header.</param>
    /// <param name="missing">What becomes of missing values (<c>?</c>). Default: they are refused.</param>
    /// <exception cref="EngramException">The text is damaged, or a value is missing; the message names line and column.</exception>
    public static LabelledSequences ParseTs(string text, string name, IReadOnlyList<string>? classes = null, MissingValues missing = MissingValues.Refuse)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new TsReader(name, missing).Read(text, classes);
    }

    /// <summary>How often each class was taken for each.</summary>
    /// <param name="predictions">(samples, classes): the model's answer for these sequences, the largest counts.</param>
    /// <exception cref="EngramException">There are no classes, or the predictions do not fit.</exception>
    public ConfusionMatrix ConfusionMatrix(NumericArray predictions) => classes.Length > 0
        ? new ConfusionMatrix(classes, targets, predictions)
        : throw new EngramException("The sequences have no classes.");

    Feed IDataset.CreateFeed(FeedRequest request) => ((IDataset)ragged).CreateFeed(request);

    private static float[] Numbers(IReadOnlyList<string> labels, string[] classes)
    {
        var numbers = new float[labels.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            int number = Array.IndexOf(classes, labels[i]);
            if (number < 0) { throw new EngramException($"Sequence {i} is of class '{labels[i]}', which is none of {string.Join(", ", classes)}."); }
            numbers[i] = number;
        }

        return numbers;
    }
}
