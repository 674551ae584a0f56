using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using Engram.Data;

namespace Engram.Evaluation;

/// <summary>
/// How often each class was taken for each, and what follows from it:
/// <code>
/// precision of a class: of the samples that were said to be of it, the share that are
/// recall of a class:    of the samples that are of it, the share that were said to be
/// F1 = 2 · precision · recall / (precision + recall)
/// </code>
/// A share of nothing is 0, as in scikit-learn: the precision of a class that was never said, the recall of one that does not occur.
/// <code>
/// ConfusionMatrix confusion = test.ConfusionMatrix(model.Predict(test));
/// Console.WriteLine(confusion);
/// </code>
/// </summary>
public sealed class ConfusionMatrix
{
    private readonly string[] classes;
    private readonly int[,] counts; // [actual, predicted]

    private ConfusionMatrix(IReadOnlyList<string> classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        this.classes = [.. classes];
        if (this.classes.Length == 0) { throw new EngramException("There are no classes; a confusion matrix needs at least one."); }
        counts = new int[this.classes.Length, this.classes.Length];
    }

    /// <summary>Counts answers.</summary>
    /// <param name="classes">The names of the classes in the order of their numbers.</param>
    /// <param name="actual">For each sample the number of its class.</param>
    /// <param name="predicted">For each sample the number of the class that it was taken for.</param>
    /// <exception cref="EngramException">There is not one answer for each sample, or a number is none of a class.</exception>
    public ConfusionMatrix(IReadOnlyList<string> classes, ReadOnlySpan<int> actual, ReadOnlySpan<int> predicted)
        : this(classes)
    {
        if (actual.Length != predicted.Length) { throw new EngramException($"There are {actual.Length} samples and {predicted.Length} answers; there must be one for each."); }
        for (int i = 0; i < actual.Length; i++)
        {
            if ((uint)actual[i] >= (uint)this.classes.Length || (uint)predicted[i] >= (uint)this.classes.Length)
            {
                throw new EngramException($"Sample {i} is of class {actual[i]} and was taken for {predicted[i]}; the classes have the numbers 0 to {this.classes.Length - 1}.");
            }

            counts[actual[i], predicted[i]]++;
        }

        Count = actual.Length;
    }

    /// <summary>Counts answers of a model.</summary>
    /// <param name="classes">The names of the classes in the order of their numbers.</param>
    /// <param name="actual">For each sample the number of its class.</param>
    /// <param name="predictions">(samples, classes): the model's output, the largest counts, of equal ones the first.</param>
    /// <exception cref="EngramException">The predictions do not fit, one of them is not a number, or a number is none of a class.</exception>
    public ConfusionMatrix(IReadOnlyList<string> classes, IReadOnlyList<float> actual, NumericArray predictions)
        : this(classes)
    {
        ArgumentNullException.ThrowIfNull(actual);
        var expected = new Shape(actual.Count, this.classes.Length);
        if (!predictions.HasValue || !expected.Accepts(predictions.Axes))
        {
            throw new EngramException($"Expected predictions of shape {expected} (samples, classes), got {Shape.Format(predictions.Axes)}.");
        }

        for (int i = 0; i < actual.Count; i++)
        {
            ReadOnlySpan<float> row = predictions.Span.Slice(i * this.classes.Length, this.classes.Length);
            int said = TensorPrimitives.IndexOfMax(row);
            if (float.IsNaN(row[said])) { throw new EngramException($"The prediction of sample {i} for class '{this.classes[said]}' is not a number."); }
            if (!(actual[i] >= 0 && actual[i] < this.classes.Length && actual[i] == MathF.Floor(actual[i]))) { throw new EngramException($"Sample {i} is of class {actual[i]}; the classes have the numbers 0 to {this.classes.Length - 1}."); }
            counts[(int)actual[i], said]++;
        }

        Count = actual.Count;
    }

    /// <summary>The names of the classes in the order of their numbers.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <summary>How many samples there are.</summary>
    public int Count { get; }

    /// <summary>How many samples of one class were taken for another, or the same. A row sums to the samples of its class.</summary>
    /// <param name="actual">The number of the class that they are of.</param>
    /// <param name="predicted">The number of the class that they were taken for.</param>
    public int this[int actual, int predicted] => counts[actual, predicted];

    /// <summary>The share of right answers.</summary>
    public double Accuracy => Share(Enumerable.Range(0, classes.Length).Sum(k => counts[k, k]), Count);

    /// <summary>The share of the class that occurs most often: what always answering it would get right.</summary>
    public double MajorityAccuracy => Share(Enumerable.Range(0, classes.Length).Max(Support), Count);

    /// <summary>The mean of the classes' precisions.</summary>
    public double MacroPrecision => Enumerable.Range(0, classes.Length).Average(Precision);

    /// <summary>The mean of the classes' recalls.</summary>
    public double MacroRecall => Enumerable.Range(0, classes.Length).Average(Recall);

    /// <summary>The mean of the classes' F1 scores.</summary>
    public double MacroF1 => Enumerable.Range(0, classes.Length).Average(F1);

    /// <summary>How many samples are of a class.</summary>
    public int Support(int actual) => Enumerable.Range(0, classes.Length).Sum(k => counts[actual, k]);

    /// <summary>How many samples were said to be of a class.</summary>
    public int Said(int predicted) => Enumerable.Range(0, classes.Length).Sum(k => counts[k, predicted]);

    /// <summary>Of the samples that were said to be of a class, the share that are.</summary>
    public double Precision(int number) => Share(counts[number, number], Said(number));

    /// <summary>Of the samples that are of a class, the share that were said to be.</summary>
    public double Recall(int number) => Share(counts[number, number], Support(number));

    /// <summary>2 · precision · recall / (precision + recall) of a class.</summary>
    public double F1(int number) => Share(2.0 * counts[number, number], Support(number) + Said(number));

    /// <summary>The counts: [true class, predicted class].</summary>
    public int[,] ToArray() => (int[,])counts.Clone();

    /// <summary>A table: a row for each class with its precision, recall, F1 and samples, and the counts behind; the accuracy below.</summary>
    public override string ToString()
    {
        int name = Math.Max(5, classes.Max(text => text.Length)), width = Math.Max(6, Count.ToString(CultureInfo.InvariantCulture).Length + 1);
        var table = new StringBuilder();
        Row("", "precision", "recall", "F1", "samples", k => $"#{k}");
        for (int actual = 0; actual < classes.Length; actual++)
        {
            int row = actual;
            Row(classes[row], Percent(Precision(row)), Percent(Recall(row)), Percent(F1(row)), Number(Support(row)), k => Number(counts[row, k]));
        }

        Row("mean", Percent(MacroPrecision), Percent(MacroRecall), Percent(MacroF1), Number(Count), _ => "");
        return table.Append(CultureInfo.InvariantCulture, $"accuracy {Percent(Accuracy)}").ToString();

        void Row(string title, string precision, string recall, string f1, string samples, Func<int, string> count)
        {
            string line = title.PadRight(name) + precision.PadLeft(11) + recall.PadLeft(9) + f1.PadLeft(9) + samples.PadLeft(9) + "  "
                + string.Concat(Enumerable.Range(0, classes.Length).Select(k => count(k).PadLeft(width)));
            table.Append(line.TrimEnd()).Append('\n');
        }
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %");

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static double Share(double part, double whole) => whole == 0 ? 0 : part / whole;
}
