using System.Numerics.Tensors;

namespace Engram.Training;

/// <summary>How the figures of several classes become one.</summary>
public enum ClassAverage
{
    /// <summary>The mean of the classes' figures.</summary>
    Macro,

    /// <summary>The figure of all classes' counts together.</summary>
    Micro,

    /// <summary>The mean of the classes' figures, each weighted by how often the class occurs.</summary>
    Weighted,
}

/// <summary>
/// (1 + β²) precision · recall / (β² precision + recall), for one-hot (or yes-no) targets and predictions of (rows, classes), or with time
/// steps between.
/// </summary>
public sealed class FBetaScore : Metric
{
    private const double Epsilon = 1e-7;

    private readonly double beta;
    private readonly double? threshold;
    private readonly ClassAverage average;
    private ConfusionCounts[] counts = [];

    /// <summary>Creates the metric.</summary>
    /// <param name="beta">How much recall counts against precision, above 0. Default 1, which is the F1 score.</param>
    /// <param name="threshold">What a prediction must exceed to say yes, above 0 and at most 1. Default null: the largest of each row
    /// says yes.</param>
    /// <param name="average">How the classes' figures become one. Default the mean.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public FBetaScore(double beta = 1, double? threshold = null, ClassAverage average = ClassAverage.Macro)
    {
        if (!(beta > 0)) { throw new ArgumentOutOfRangeException(nameof(beta), beta, "Beta must be above 0."); }
        if (threshold is not null and not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be above 0 and at most 1.");
        }
        Name = "fbeta_score";
        (this.beta, this.threshold, this.average) = (beta, threshold, average);
        Kind = ("FBetaScore", [("average", Metrics.NameOf(average)), ("beta", beta), ("threshold", threshold)]);
    }

    /// <inheritdoc/>
    public override bool? HigherIsBetter => true;

    /// <summary>The score of each class since the last reset; empty before the first batch.</summary>
    public IReadOnlyList<double> PerClass => [.. counts.Select(Score)];

    /// <inheritdoc/>
    public override double Result
    {
        get
        {
            if (counts.Length == 0) { return 0; }
            ConfusionCounts all = default;
            double sum = 0, weighted = 0;
            foreach (ConfusionCounts c in counts)
            {
                all = Add(all, c);
                sum += Score(c);
                weighted += Score(c) * (c.TruePositives + c.FalseNegatives);
            }

            return average switch
            {
                ClassAverage.Micro => Score(all),
                ClassAverage.Weighted => weighted / (all.TruePositives + all.FalseNegatives + Epsilon),
                _ => sum / counts.Length,
            };
        }
    }

    /// <inheritdoc/>
    public override void Reset() => Array.Clear(counts);

    /// <inheritdoc/>
    public override void SaveState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        state.SetDoubles("counts", [.. counts.SelectMany(c => (double[])[c.TruePositives, c.FalsePositives, c.FalseNegatives])]);
    }

    /// <inheritdoc/>
    public override void LoadState(TrainingState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        double[] values = state.Doubles("counts");
        if (values.Length % 3 != 0) { throw state.Wrong("counts", $"holds {values.Length} numbers; it must hold three for each class"); }
        counts = [.. values.Chunk(3).Select(c => new ConfusionCounts(c[0], c[1], 0, c[2]))];
    }

    /// <inheritdoc/>
    public override void Update(TensorBuffer target, TensorBuffer prediction, ReadOnlySpan<float> sampleWeights)
    {
        int classes = RowShapes.Columns(prediction.Axes);
        RowShapes.Require(Name, target.Axes, prediction.Axes, classes);
        if (counts.Length == 0) { counts = new ConfusionCounts[classes]; }
        if (counts.Length != classes) { throw new EngramException($"{Name}: was fed {counts.Length} classes before and now {classes}."); }
        if (prediction.Length == 0) { return; }
        SampleWeights weights = new(sampleWeights, prediction[0], prediction.Length, Name);
        for (int first = 0; first < prediction.Length; first += classes)
        {
            ReadOnlySpan<float> y = target.Span.Slice(first, classes), p = prediction.Span.Slice(first, classes);
            float largest = TensorPrimitives.Max(p);
            for (int c = 0; c < classes; c++)
            {
                // As in Keras, a row of zeros says no to every class.
                bool yes = threshold is double t ? p[c] > t : p[c] >= largest && Math.Abs(p[c]) > 1e-9;
                double said = yes ? 1 : 0, weight = weights[first + c];
                counts[c] = Add(counts[c], new ConfusionCounts(said * y[c] * weight, said * (1 - y[c]) * weight, 0, (1 - said) * y[c] * weight));
            }
        }
    }

    private static ConfusionCounts Add(ConfusionCounts a, ConfusionCounts b) =>
        new(a.TruePositives + b.TruePositives, a.FalsePositives + b.FalsePositives, 0, a.FalseNegatives + b.FalseNegatives);

    private double Score(ConfusionCounts c)
    {
        double precision = c.TruePositives / (c.TruePositives + c.FalsePositives + Epsilon);
        double recall = c.TruePositives / (c.TruePositives + c.FalseNegatives + Epsilon);
        return (1 + (beta * beta)) * precision * recall / ((beta * beta * precision) + recall + Epsilon);
    }
}
