namespace Engram.Training;

/// <summary>The curve under which an area is taken.</summary>
public enum AucCurve
{
    /// <summary>Recall over the false positive rate (receiver operating characteristic).</summary>
    Roc,

    /// <summary>Precision over recall.</summary>
    PrecisionRecall,
}

/// <summary>
/// The area under a curve, from the counts at thresholds evenly spaced over [0, 1], with the end ones just outside. The precision-recall
/// curve is interpolated by its counts (Davis and Goadrich 2006, "The relationship between precision-recall and ROC curves").
/// </summary>
internal sealed class AucMetric(int thresholds, AucCurve curve, bool fromLogits) : Metric
{
    // The weight of yes and of no cases whose prediction lies above threshold i, but not above the next.
    private readonly double[] yes = new double[thresholds], no = new double[thresholds];
    private bool sawNaN;

    public override bool? HigherIsBetter => true;

    public override double Result => sawNaN ? double.NaN : curve == AucCurve.Roc ? Roc() : PrecisionRecall();

    public override void Reset()
    {
        Array.Clear(yes);
        Array.Clear(no);
        sawNaN = false;
    }

    public override void SaveState(TrainingState state)
    {
        state.SetDoubles("yes", yes);
        state.SetDoubles("no", no);
        state.SetInteger("saw_nan", sawNaN ? 1 : 0);
    }

    public override void LoadState(TrainingState state)
    {
        state.Doubles("yes", yes.Length).CopyTo(yes, 0);
        state.Doubles("no", no.Length).CopyTo(no, 0);
        sawNaN = state.Integer("saw_nan", 0, 1) == 1;
    }

    public override void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights)
    {
        RowShapes.Require(Name, target.Axes, prediction.Axes, RowShapes.Columns(prediction.Axes));
        if (prediction.Length == 0) { return; }
        SampleWeights weights = new(sampleWeights, prediction[0], prediction.Length, Name);
        ReadOnlySpan<float> y = target.Span, predictions = prediction.Span;
        for (int i = 0; i < predictions.Length; i++)
        {
            double p = fromLogits ? BinaryCrossentropyOfLogits.Sigmoid(predictions[i]) : predictions[i];
            if (double.IsNaN(p))
            {
                sawNaN = true;
                continue;
            }

            if (p is < 0 or > 1)
            {
                throw new EngramException(
                    $"{Name}: a prediction is {p}; it must be a probability from 0 to 1 (for logits say so: fromLogits: true).");
            }
            int bucket = Math.Max((int)Math.Ceiling(p * (thresholds - 1)) - 1, 0);
            yes[bucket] += y[i] * weights[i];
            no[bucket] += (1.0 - y[i]) * weights[i];
        }
    }

    private double Roc()
    {
        double allYes = yes.Sum(), allNo = no.Sum(), area = 0, tp = 0, fp = 0;
        for (int i = thresholds - 1; i >= 0; i--)
        {
            (double x, double height) = (ConfusionCounts.Ratio(fp, allNo), ConfusionCounts.Ratio(tp, allYes));
            (tp, fp) = (tp + yes[i], fp + no[i]);
            area += (ConfusionCounts.Ratio(fp, allNo) - x) * (ConfusionCounts.Ratio(tp, allYes) + height) / 2;
        }

        return area;
    }

    private double PrecisionRecall()
    {
        double allYes = yes.Sum(), area = 0, tp = 0, positives = 0;
        for (int i = thresholds - 1; i >= 0; i--)
        {
            double added = yes[i], addedPositives = yes[i] + no[i];
            double slope = ConfusionCounts.Ratio(added, Math.Max(addedPositives, 0)), intercept = tp - (slope * positives);
            double grown = positives + addedPositives;
            double ratio = positives > 0 && grown > 0 ? grown / positives : 1;
            area += ConfusionCounts.Ratio(slope * (added + (intercept * Math.Log(ratio))), allYes);
            (tp, positives) = (tp + added, grown);
        }

        return area;
    }
}
