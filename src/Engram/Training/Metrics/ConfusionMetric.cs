namespace Engram.Training;

/// <summary>The weighted numbers of right and wrong yes and no.</summary>
/// <param name="TruePositives">Yes said of yes.</param>
/// <param name="FalsePositives">Yes said of no.</param>
/// <param name="TrueNegatives">No said of no.</param>
/// <param name="FalseNegatives">No said of yes.</param>
internal readonly record struct ConfusionCounts(double TruePositives, double FalsePositives, double TrueNegatives, double FalseNegatives)
{
    public double Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    public double Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>a / b, and 0 where b is 0.</summary>
    public static double Ratio(double a, double b) => b == 0 ? 0 : a / b;
}

/// <summary>
/// A figure of the confusion counts: a prediction above the threshold, and among the k largest of its row where that is asked, says
/// yes.
/// </summary>
internal sealed class ConfusionMetric(Func<ConfusionCounts, double> figure, bool? higherIsBetter, double? threshold, int? topK, int? classId) : Metric
{
    private readonly double cut = threshold ?? (topK is null ? 0.5 : double.NegativeInfinity);
    private double truePositives, falsePositives, trueNegatives, falseNegatives;

    public override bool? HigherIsBetter => higherIsBetter;

    public override double Result => figure(new ConfusionCounts(truePositives, falsePositives, trueNegatives, falseNegatives));

    public override void Reset() => (truePositives, falsePositives, trueNegatives, falseNegatives) = (0, 0, 0, 0);

    public override void SaveState(TrainingState state) => state.SetDoubles("counts", [truePositives, falsePositives, trueNegatives, falseNegatives]);

    public override void LoadState(TrainingState state)
    {
        double[] counts = state.Doubles("counts", 4);
        (truePositives, falsePositives, trueNegatives, falseNegatives) = (counts[0], counts[1], counts[2], counts[3]);
    }

    public override void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights)
    {
        int columns = RowShapes.Columns(prediction.Axes);
        RowShapes.Require(Name, target.Axes, prediction.Axes, columns);
        if (classId >= columns)
        {
            throw new EngramException($"{Name}: class {classId} is none of a prediction of shape {Shape.Format(prediction.Axes)}.");
        }
        if (prediction.Length == 0) { return; }
        SampleWeights weights = new(sampleWeights, prediction[0], prediction.Length, Name);
        ReadOnlySpan<float> y = target.Span, p = prediction.Span;
        for (int first = 0; first < p.Length; first += columns)
        {
            (float least, int last) = topK is int k ? Smallest(p.Slice(first, columns), k) : (float.NegativeInfinity, columns);
            for (int j = classId ?? 0; j < (classId + 1 ?? columns); j++)
            {
                float value = p[first + j];
                bool among = value > least || (value == least && j <= last) || topK is null;
                Count(y[first + j] != 0, among && value > cut, weights[first + j]);
            }
        }
    }

    private void Count(bool actual, bool said, double weight)
    {
        switch (actual, said)
        {
            case (true, true): truePositives += weight; break;
            case (false, true): falsePositives += weight; break;
            case (false, false): trueNegatives += weight; break;
            default: falseNegatives += weight; break;
        }
    }

    // The k-th largest of a row and its place; of equal ones the first is the larger.
    private static (float Value, int Index) Smallest(ReadOnlySpan<float> row, int k)
    {
        (float value, int index) = (float.PositiveInfinity, -1);
        for (int found = 0; found < Math.Min(k, row.Length); found++)
        {
            (float next, int at) = (float.NegativeInfinity, row.Length);
            for (int j = row.Length - 1; j >= 0; j--)
            {
                bool after = row[j] < value || (row[j] == value && j > index);
                if (after && row[j] >= next) { (next, at) = (row[j], j); }
            }

            (value, index) = (next, at);
        }

        return (value, index);
    }
}
