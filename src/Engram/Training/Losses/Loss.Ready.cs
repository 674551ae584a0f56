using System.Text.Json.Nodes;

namespace Engram.Training;

public abstract partial class Loss
{
    /// <summary>The mean over the last axis of (p - y)².</summary>
    public static Loss MeanSquaredError { get; } = new PointwiseLoss<SquaredError>("mean_squared_error");

    /// <summary>The mean over the last axis of |p - y|.</summary>
    public static Loss MeanAbsoluteError { get; } = new PointwiseLoss<AbsoluteError>("mean_absolute_error");

    /// <summary>The mean over the last axis of 100 |p - y| / max(|y|, 1e-7).</summary>
    public static Loss MeanAbsolutePercentageError { get; } = new PointwiseLoss<AbsolutePercentageError>("mean_absolute_percentage_error");

    /// <summary>The mean over the last axis of (ln(1 + p) - ln(1 + y))², values below 1e-7 taken as 1e-7.</summary>
    public static Loss MeanSquaredLogarithmicError { get; } = new PointwiseLoss<SquaredLogarithmicError>("mean_squared_logarithmic_error");

    /// <summary>The mean over the last axis of ln cosh(p - y): quadratic near 0, linear far away.</summary>
    public static Loss LogCosh { get; } = new PointwiseLoss<LogCoshError>("log_cosh");

    /// <summary>
    /// Minus the cosine of the angle between target and prediction along the last axis: -1 where they point the same way.
    /// </summary>
    public static Loss CosineSimilarity { get; } = new CosineSimilarityLoss() { Options = [("axis", -1)] };

    /// <summary>The mean over the last axis of max(1 - y p, 0) for labels -1 and 1; a label 0 is read as -1.</summary>
    public static Loss Hinge { get; } = new PointwiseLoss<HingeError>("hinge");

    /// <summary>The mean over the last axis of max(1 - y p, 0)² for labels -1 and 1; a label 0 is read as -1.</summary>
    public static Loss SquaredHinge { get; } = new PointwiseLoss<SquaredHingeError>("squared_hinge");

    /// <summary>max(max (1 - y) p - Σ y p + 1, 0) along the last axis, for one-hot targets.</summary>
    public static Loss CategoricalHinge { get; } = new CategoricalHingeLoss();

    /// <summary>The mean over the last axis of p - y ln(p + 1e-7), for counts.</summary>
    public static Loss Poisson { get; } = new PointwiseLoss<PoissonError>("poisson");

    /// <summary>Σ y ln(y / p) along the last axis, both clipped to [1e-7, 1].</summary>
    public static Loss KLDivergence { get; } = new KLDivergenceLoss();

    /// <summary>One minus twice the overlap of target and prediction over their sums: one value for the whole batch.</summary>
    public static Loss Dice { get; } = new TverskyLoss("dice", 0.5, 0.5, Epsilon / 2) { Options = [("axis", null)] };

    /// <summary>
    /// The mean over the last axis of (p - y)² / 2 where |p - y| is at most delta, and delta |p - y| - delta² / 2 beyond (Huber 1964).
    /// </summary>
    /// <param name="delta">Where squares end and straight lines begin. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delta"/> is not positive.</exception>
    public static Loss Huber(double delta = 1) => new PointwiseLoss<HuberError>("huber", new HuberError(Positive(delta, nameof(delta)))) { Options = [("delta", delta)] };

    /// <summary>The cross-entropy of one-hot targets (or distributions): -Σ y ln p along the last axis.</summary>
    /// <param name="fromLogits">
    /// Whether predictions are logits, of which the softmax is taken. Default false: probabilities, which are scaled to a sum of 1 and
    /// clipped to [1e-7, 1 - 1e-7].
    /// </param>
    /// <param name="labelSmoothing">How much of the target is spread evenly over the classes, from 0 to 1. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="labelSmoothing"/> is not from 0 to 1.</exception>
    public static Loss CategoricalCrossentropy(bool fromLogits = false, double labelSmoothing = 0) =>
        new CategoricalCrossentropyLoss(fromLogits, Share(labelSmoothing, nameof(labelSmoothing))) { Options = [("from_logits", fromLogits), ("label_smoothing", labelSmoothing), ("axis", -1)] };

    /// <summary>The cross-entropy of targets that are class numbers: (rows,) or (rows, time), or with a last axis of 1.</summary>
    /// <param name="fromLogits">Whether predictions are logits, of which the softmax is taken. Default false: probabilities.</param>
    /// <param name="ignoreClass">A number that means "does not count", so that the mean is over the others; it need not be a class.
    /// Default none.</param>
    public static Loss SparseCategoricalCrossentropy(bool fromLogits = false, int? ignoreClass = null) =>
        new SparseCategoricalCrossentropyLoss(fromLogits, ignoreClass) { Options = [("from_logits", fromLogits), ("ignore_class", ignoreClass), ("axis", -1)] };

    /// <summary>The mean over the last axis of -y ln p - (1 - y) ln(1 - p), for targets from 0 to 1.</summary>
    /// <param name="fromLogits">Whether predictions are logits, of which the sigmoid is taken. Default false: probabilities, clipped to
    /// [1e-7, 1 - 1e-7].</param>
    /// <param name="labelSmoothing">How far targets are moved towards 1/2, from 0 to 1. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="labelSmoothing"/> is not from 0 to 1.</exception>
    public static Loss BinaryCrossentropy(bool fromLogits = false, double labelSmoothing = 0)
    {
        Share(labelSmoothing, nameof(labelSmoothing));
        (string, JsonNode?)[] options = [("from_logits", fromLogits), ("label_smoothing", labelSmoothing), ("axis", -1)];
        return fromLogits
            ? new PointwiseLoss<BinaryCrossentropyOfLogits>("binary_crossentropy", new BinaryCrossentropyOfLogits(labelSmoothing)) { Options = options }
            : new PointwiseLoss<BinaryCrossentropyError>("binary_crossentropy", new BinaryCrossentropyError(labelSmoothing)) { Options = options };
    }

    /// <summary>
    /// The binary cross-entropy times (1 - q)^gamma, q being the probability of the right answer: easy cases count little
    /// (Lin and others 2017, "Focal loss for dense object detection").
    /// </summary>
    /// <param name="applyClassBalancing">Whether y = 1 is weighted by alpha and y = 0 by 1 - alpha. Default false.</param>
    /// <param name="alpha">The weight of y = 1. Default 0.25.</param>
    /// <param name="gamma">How little easy cases count, at least 0. Default 2.</param>
    /// <param name="fromLogits">Whether predictions are logits. Default false: probabilities.</param>
    /// <param name="labelSmoothing">How far targets are moved towards 1/2, from 0 to 1. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static Loss BinaryFocalCrossentropy(
        bool applyClassBalancing = false, double alpha = 0.25, double gamma = 2, bool fromLogits = false, double labelSmoothing = 0) =>
        new PointwiseLoss<BinaryFocalError>("binary_focal_crossentropy", new BinaryFocalError(
            applyClassBalancing ? Share(alpha, nameof(alpha)) : null, NotNegative(gamma, nameof(gamma)), fromLogits, Share(labelSmoothing, nameof(labelSmoothing))))
        {
            Options = [("from_logits", fromLogits), ("label_smoothing", labelSmoothing), ("axis", -1), ("apply_class_balancing", applyClassBalancing), ("alpha", alpha), ("gamma", gamma)],
        };

    /// <summary>
    /// The categorical cross-entropy with each term times alpha (1 - p)^gamma: easy cases count little (Lin and others 2017, "Focal
    /// loss for dense object detection").
    /// </summary>
    /// <param name="alpha">What every term is multiplied by. Default 0.25.</param>
    /// <param name="gamma">How little easy cases count, at least 0. Default 2.</param>
    /// <param name="fromLogits">Whether predictions are logits, of which the softmax is taken. Default false: probabilities.</param>
    /// <param name="labelSmoothing">How much of the target is spread evenly over the classes, from 0 to 1. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static Loss CategoricalFocalCrossentropy(double alpha = 0.25, double gamma = 2, bool fromLogits = false, double labelSmoothing = 0) =>
        new CategoricalFocalLoss(NotNegative(alpha, nameof(alpha)), NotNegative(gamma, nameof(gamma)), fromLogits, Share(labelSmoothing, nameof(labelSmoothing)))
        {
            Options = [("from_logits", fromLogits), ("label_smoothing", labelSmoothing), ("axis", -1), ("alpha", alpha), ("gamma", gamma)],
        };

    /// <summary>
    /// One minus t / (t + alpha fn + beta fp), with the overlap t = Σ y p, false negatives fn = Σ y (1 - p) and false positives
    /// fp = Σ (1 - y) p: one value for the whole batch (Salehi, Erdogmus and Gholipour 2017; alpha and beta as Keras 3.15 has them,
    /// the other way round than the paper).
    /// </summary>
    /// <param name="alpha">What a false negative costs, at least 0. Default 0.5.</param>
    /// <param name="beta">What a false positive costs, at least 0. Default 0.5.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public static Loss Tversky(double alpha = 0.5, double beta = 0.5) =>
        new TverskyLoss("tversky", NotNegative(alpha, nameof(alpha)), NotNegative(beta, nameof(beta)), Epsilon) { Options = [("alpha", alpha), ("beta", beta), ("axis", null)] };

    /// <summary>
    /// The pinball loss, which is smallest at the quantiles of what may come (Koenker and Bassett 1978): the mean over the prediction's
    /// last axis of max(q (y - p), (q - 1) (y - p)). The prediction has one column for each quantile of each target, the quantiles of
    /// a target side by side: with three quantiles, columns 0, 1, 2 belong to target 0 and columns 3, 4, 5 to target 1. A target of
    /// one column may be (rows,) or, for sequences, (rows, time).
    /// </summary>
    /// <param name="quantiles">The quantiles, each between 0 and 1, for example 0.1, 0.5, 0.9.</param>
    /// <exception cref="ArgumentException">There is none, or one is not between 0 and 1.</exception>
    public static Loss Quantile(params double[] quantiles) => new QuantileLoss([.. quantiles]) { Options = [("quantiles", new JsonArray([.. quantiles.Select(quantile => (JsonNode)quantile)]))] };

    /// <summary>
    /// Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber 2006): -ln of the probability that a sequence of
    /// classes, one for each step, reads as the labels when equal neighbours are merged and blanks dropped. The prediction is logits
    /// (rows, time, classes), of which the softmax is taken; the target is labels (rows, labels), filled up behind with the blank. One loss
    /// for each row; steps that the mask excludes are left out. <see cref="CtcDecoder"/> reads the labels out.
    /// </summary>
    /// <param name="blankIndex">The class that is no label. Default 0, as in Keras.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="blankIndex"/> is negative.</exception>
    public static Loss Ctc(int blankIndex = 0) => new CtcLoss(blankIndex) { Options = blankIndex == 0 ? [] : [("blank_index", blankIndex)] };

    private static double Positive(double value, string name) =>
        value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, "It must be above 0 and finite.");

    private static double NotNegative(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, "It must be at least 0 and finite.");

    private static double Share(double value, string name) =>
        value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, "It must lie from 0 to 1.");
}
