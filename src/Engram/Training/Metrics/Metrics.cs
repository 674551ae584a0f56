namespace Engram.Training;

/// <summary>
/// Makes the ready metrics. Each call makes a new one, named as Keras names its class; <see cref="Metric.Name"/> can be set.
/// </summary>
public static class Metrics
{
    /// <summary>The mean of (p - y)²: <c>mean_squared_error</c>.</summary>
    public static Metric MeanSquaredError() => From(Loss.MeanSquaredError);

    /// <summary>The root of the mean of (p - y)²: <c>root_mean_squared_error</c>.</summary>
    public static Metric RootMeanSquaredError() => new LossMetric("root_mean_squared_error", Loss.MeanSquaredError, root: true) { Kind = ("RootMeanSquaredError", []) };

    /// <summary>The mean of |p - y|: <c>mean_absolute_error</c>.</summary>
    public static Metric MeanAbsoluteError() => From(Loss.MeanAbsoluteError);

    /// <summary>The mean of 100 |p - y| / max(|y|, 1e-7): <c>mean_absolute_percentage_error</c>.</summary>
    public static Metric MeanAbsolutePercentageError() => From(Loss.MeanAbsolutePercentageError);

    /// <summary>The mean of (ln(1 + p) - ln(1 + y))²: <c>mean_squared_logarithmic_error</c>.</summary>
    public static Metric MeanSquaredLogarithmicError() => From(Loss.MeanSquaredLogarithmicError);

    /// <summary>The mean of ln cosh(p - y): <c>logcosh</c>.</summary>
    public static Metric LogCoshError() => new LossMetric("logcosh", Loss.LogCosh) { Kind = ("LogCoshError", []) };

    /// <summary>The cosine of the angle between target and prediction, 1 where they point the same way: <c>cosine_similarity</c>.</summary>
    public static Metric CosineSimilarity() => new LossMetric("cosine_similarity", Loss.CosineSimilarity, negative: true) { Kind = ("CosineSimilarity", []) };

    /// <summary>1 - Σ (y - p)² / Σ (y - ȳ)², the mean over the columns: <c>r2_score</c>. 1 is perfect, 0 no better than the mean.</summary>
    public static Metric R2Score() => new R2ScoreMetric { Name = "r2_score", Kind = ("R2Score", [("class_aggregation", "uniform_average"), ("num_regressors", 0)]) };

    /// <summary>The mean of p - y ln(p + 1e-7): <c>poisson</c>.</summary>
    public static Metric Poisson() => From(Loss.Poisson);

    /// <summary>Σ y ln(y / p): <c>kl_divergence</c>.</summary>
    public static Metric KLDivergence() => From(Loss.KLDivergence);

    /// <summary>The mean of max(1 - y p, 0): <c>hinge</c>.</summary>
    public static Metric Hinge() => From(Loss.Hinge);

    /// <summary>The mean of max(1 - y p, 0)²: <c>squared_hinge</c>.</summary>
    public static Metric SquaredHinge() => From(Loss.SquaredHinge);

    /// <summary>The strongest wrong class against the right one: <c>categorical_hinge</c>.</summary>
    public static Metric CategoricalHinge() => From(Loss.CategoricalHinge);

    /// <summary>
    /// The share of right answers, <c>accuracy</c>: binary where the prediction has one column, otherwise of class numbers where the target
    /// has one column or none, otherwise of one-hot targets. The first batch decides.
    /// </summary>
    public static Metric Accuracy() => new AccuracyMetric { Name = "accuracy", Kind = ("accuracy", []) };

    /// <summary>The share of predictions on the right side of a threshold, for targets 0 and 1: <c>binary_accuracy</c>.</summary>
    /// <param name="threshold">What a prediction must exceed to say 1. Default 0.5; 0 for logits.</param>
    public static Metric BinaryAccuracy(double threshold = 0.5) => new BinaryAccuracyMetric(threshold) { Name = "binary_accuracy", Kind = ("BinaryAccuracy", [("threshold", threshold)]) };

    /// <summary>The share of rows whose largest prediction is that of the one-hot target's class: <c>categorical_accuracy</c>.</summary>
    public static Metric CategoricalAccuracy() => new CategoricalAccuracyMetric(sparse: false) { Name = "categorical_accuracy", Kind = ("CategoricalAccuracy", []) };

    /// <summary>
    /// The share of rows whose largest prediction is that of the target's class number: <c>sparse_categorical_accuracy</c>.
    /// </summary>
    public static Metric SparseCategoricalAccuracy() =>
        new CategoricalAccuracyMetric(sparse: true) { Name = "sparse_categorical_accuracy", Kind = ("SparseCategoricalAccuracy", []) };

    /// <summary>
    /// The share of rows in which fewer than k classes are predicted above the one-hot target's: <c>top_k_categorical_accuracy</c>.
    /// </summary>
    /// <param name="k">How many may be looked at, at least 1. Default 5.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1.</exception>
    public static Metric TopKCategoricalAccuracy(int k = 5) =>
        new TopKAccuracyMetric(AtLeastOne(k), sparse: false) { Name = "top_k_categorical_accuracy", Kind = ("TopKCategoricalAccuracy", [("k", k)]) };

    /// <summary>
    /// The share of rows in which fewer than k classes are predicted above the target's class number:
    /// <c>sparse_top_k_categorical_accuracy</c>.
    /// </summary>
    /// <param name="k">How many may be looked at, at least 1. Default 5.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is below 1.</exception>
    public static Metric SparseTopKCategoricalAccuracy(int k = 5) =>
        new TopKAccuracyMetric(AtLeastOne(k), sparse: true) { Name = "sparse_top_k_categorical_accuracy", Kind = ("SparseTopKCategoricalAccuracy", [("k", k)]) };

    /// <summary>The mean binary cross-entropy: <c>binary_crossentropy</c>.</summary>
    /// <param name="fromLogits">Whether predictions are logits. Default false.</param>
    /// <param name="labelSmoothing">How far targets are moved towards 1/2. Default 0.</param>
    public static Metric BinaryCrossentropy(bool fromLogits = false, double labelSmoothing = 0) =>
        From(Loss.BinaryCrossentropy(fromLogits, labelSmoothing));

    /// <summary>The mean cross-entropy of one-hot targets: <c>categorical_crossentropy</c>.</summary>
    /// <param name="fromLogits">Whether predictions are logits. Default false.</param>
    /// <param name="labelSmoothing">How much of the target is spread over the classes. Default 0.</param>
    public static Metric CategoricalCrossentropy(bool fromLogits = false, double labelSmoothing = 0) =>
        From(Loss.CategoricalCrossentropy(fromLogits, labelSmoothing));

    /// <summary>The mean cross-entropy of class numbers: <c>sparse_categorical_crossentropy</c>.</summary>
    /// <param name="fromLogits">Whether predictions are logits. Default false.</param>
    /// <param name="ignoreClass">A number that means "does not count". Default none.</param>
    public static Metric SparseCategoricalCrossentropy(bool fromLogits = false, int? ignoreClass = null) =>
        From(Loss.SparseCategoricalCrossentropy(fromLogits, ignoreClass));

    /// <summary>Of what was said to be yes, the share that is: <c>precision</c>. 0 where nothing was.</summary>
    /// <param name="threshold">What a prediction must exceed to say yes. Default 0.5; none where <paramref name="topK"/> is given.</param>
    /// <param name="topK">Only the k largest predictions of a row may say yes. Default all.</param>
    /// <param name="classId">Only this class counts. Default all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static Metric Precision(double? threshold = null, int? topK = null, int? classId = null) =>
        Confusion("precision", c => c.Precision, true, threshold, topK, classId);

    /// <summary>Of what is yes, the share that was said to be: <c>recall</c>. 0 where nothing is.</summary>
    /// <param name="threshold">What a prediction must exceed to say yes. Default 0.5; none where <paramref name="topK"/> is given.</param>
    /// <param name="topK">Only the k largest predictions of a row may say yes. Default all.</param>
    /// <param name="classId">Only this class counts. Default all.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static Metric Recall(double? threshold = null, int? topK = null, int? classId = null) =>
        Confusion("recall", c => c.Recall, true, threshold, topK, classId);

    /// <summary>The number of cases rightly said to be yes: <c>true_positives</c>.</summary>
    /// <param name="threshold">What a prediction must exceed to say yes. Default 0.5.</param>
    public static Metric TruePositives(double threshold = 0.5) => Confusion("true_positives", c => c.TruePositives, true, threshold);

    /// <summary>The number of cases wrongly said to be yes: <c>false_positives</c>.</summary>
    /// <param name="threshold">What a prediction must exceed to say yes. Default 0.5.</param>
    public static Metric FalsePositives(double threshold = 0.5) => Confusion("false_positives", c => c.FalsePositives, false, threshold);

    /// <summary>The number of cases rightly said to be no: <c>true_negatives</c>.</summary>
    /// <param name="threshold">What a prediction must exceed to say yes. Default 0.5.</param>
    public static Metric TrueNegatives(double threshold = 0.5) => Confusion("true_negatives", c => c.TrueNegatives, true, threshold);

    /// <summary>The number of cases wrongly said to be no: <c>false_negatives</c>.</summary>
    /// <param name="threshold">What a prediction must exceed to say yes. Default 0.5.</param>
    public static Metric FalseNegatives(double threshold = 0.5) => Confusion("false_negatives", c => c.FalseNegatives, false, threshold);

    /// <summary>The area under a curve of probabilities against targets 0 and 1: <c>auc</c>.</summary>
    /// <param name="curve">Which curve. Default the receiver operating characteristic.</param>
    /// <param name="thresholds">At how many thresholds the curve is known, at least 2. Default 200.</param>
    /// <param name="fromLogits">Whether predictions are logits, of which the sigmoid is taken. Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="thresholds"/> is below 2.</exception>
    public static Metric Auc(AucCurve curve = AucCurve.Roc, int thresholds = 200, bool fromLogits = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(thresholds, 2);
        return new AucMetric(thresholds, curve, fromLogits)
        {
            Name = "auc",
            Kind = ("AUC",
            [
                ("num_thresholds", thresholds), ("curve", curve == AucCurve.Roc ? "ROC" : "PR"), ("summation_method", "interpolation"), ("multi_label", false),
                ("num_labels", null), ("label_weights", null), ("from_logits", fromLogits),
            ]),
        };
    }

    /// <summary>The harmonic mean of precision and recall: <c>f1_score</c>.</summary>
    /// <param name="threshold">What a prediction must exceed to say yes. Default null: the largest of each row says yes.</param>
    /// <param name="average">How the classes' figures become one. Default the mean; Keras' default, one figure for each class, is <see
    /// cref="FBetaScore.PerClass"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not above 0 and at most 1.</exception>
    public static FBetaScore F1Score(double? threshold = null, ClassAverage average = ClassAverage.Macro) =>
        new(1, threshold, average) { Name = "f1_score", Kind = ("F1Score", [("average", NameOf(average)), ("threshold", threshold)]) };

    /// <summary>(1 + β²) precision · recall / (β² precision + recall): <c>fbeta_score</c>.</summary>
    /// <param name="beta">How much recall counts against precision, above 0. Default 1.</param>
    /// <param name="threshold">What a prediction must exceed to say yes. Default null: the largest of each row says yes.</param>
    /// <param name="average">How the classes' figures become one. Default the mean; Keras' default, one figure for each class, is <see
    /// cref="FBetaScore.PerClass"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static FBetaScore FBetaScore(double beta = 1, double? threshold = null, ClassAverage average = ClassAverage.Macro) =>
        new(beta, threshold, average);

    /// <summary>The weighted mean of a loss, under the loss's name.</summary>
    /// <param name="loss">The loss, for example <c>Loss.Quantile(0.9)</c>.</param>
    public static Metric From(Loss loss) => new LossMetric(loss.Name, loss) { Kind = (LossTypes.ClassNameOf(loss), loss.Options) };

    private static ConfusionMetric Confusion(
        string name, Func<ConfusionCounts, double> figure, bool higherIsBetter, double? threshold, int? topK = null, int? classId = null)
    {
        if (threshold is double t && !(t is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), t, "A threshold lies from 0 to 1.");
        }
        if (topK < 1) { throw new ArgumentOutOfRangeException(nameof(topK), topK, "At least one prediction must be looked at."); }
        if (classId < 0) { throw new ArgumentOutOfRangeException(nameof(classId), classId, "A class's number is at least 0."); }
        return new ConfusionMetric(figure, higherIsBetter, threshold, topK, classId)
        {
            Name = name,
            Kind = (string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..])),
                name is "precision" or "recall" ? [("thresholds", threshold), ("top_k", topK), ("class_id", classId)] : [("thresholds", threshold)]),
        };
    }

    internal static string NameOf(ClassAverage average) => average switch { ClassAverage.Micro => "micro", ClassAverage.Weighted => "weighted", _ => "macro" };

    private static int AtLeastOne(int k) => k >= 1 ? k : throw new ArgumentOutOfRangeException(nameof(k), k, "k must be at least 1.");
}
