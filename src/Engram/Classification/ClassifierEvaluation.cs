using Engram.Evaluation;

namespace Engram.Classification;

/// <summary>How a classifier compares with always answering the most frequent class.</summary>
public enum ClassifierVerdict
{
    /// <summary>It is right more often, and not by chance: the 95 % interval of its accuracy lies above the baseline's.</summary>
    Better,

    /// <summary>The difference may be chance.</summary>
    AsGood,

    /// <summary>It is right less often: the 95 % interval of its accuracy lies below the baseline's.</summary>
    Worse,
}

/// <summary>How good a classifier's answers are on samples whose classes are known.</summary>
public sealed class ClassifierEvaluation
{
    private const double Quantile = 1.959963984540054; // of the normal distribution, for 95 %

    internal ClassifierEvaluation(IReadOnlyList<string> classes, int[] targets, float[,] probabilities, string majorityClass, double temperature)
    {
        int n = targets.Length;
        (Classes, Targets) = (classes, targets);
        var predicted = new int[n];
        var confidence = new double[n];
        var uncalibrated = new double[n];
        var logits = new double[n, classes.Count];
        for (int i = 0; i < n; i++)
        {
            int best = 0;
            double total = 0;
            for (int k = 0; k < classes.Count; k++)
            {
                if (probabilities[i, k] > probabilities[i, best]) { best = k; }
                logits[i, k] = temperature * Math.Log(Math.Max(probabilities[i, k], float.Epsilon)); // z, but for a constant that softmax takes out
            }

            for (int k = 0; k < classes.Count; k++) { total += Math.Exp(logits[i, k] - logits[i, best]); }
            (predicted[i], confidence[i], uncalibrated[i]) = (best, probabilities[i, best], 1 / total);
        }

        (Predicted, Confidence) = (predicted, confidence);
        Confusion = new ConfusionMatrix(classes, targets, predicted);
        (MajorityClass, MajorityAccuracy) = (majorityClass, targets.Count(target => classes[target] == majorityClass) / (double)n);
        NegativeLogLikelihood = TemperatureScaling.NegativeLogLikelihood(logits, targets, temperature);
        UncalibratedNegativeLogLikelihood = TemperatureScaling.NegativeLogLikelihood(logits, targets, 1);
        bool[] hits = [.. predicted.Zip(targets, (answer, target) => answer == target)];
        Calibration = new CalibrationBins(confidence, hits);
        Uncalibrated = new CalibrationBins(uncalibrated, hits);
    }

    /// <summary>The names of the classes in the order of their numbers.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => Confusion.Count;

    /// <summary>The number of each sample's class.</summary>
    public IReadOnlyList<int> Targets { get; }

    /// <summary>The number of the class that is answered for each sample.</summary>
    public IReadOnlyList<int> Predicted { get; }

    /// <summary>The calibrated probability of each answer.</summary>
    public IReadOnlyList<double> Confidence { get; }

    /// <summary>The share of samples that are answered rightly.</summary>
    public double Accuracy => Confusion.Accuracy;

    /// <summary>Between which bounds the accuracy on any number of such samples lies with 95 % confidence (Wilson 1927, "Probable inference").</summary>
    public (double Low, double High) AccuracyInterval
    {
        get
        {
            double z2 = Quantile * Quantile, middle = (Accuracy + (z2 / (2 * Count))) / (1 + (z2 / Count));
            double half = Quantile / (1 + (z2 / Count)) * Math.Sqrt((Accuracy * (1 - Accuracy) / Count) + (z2 / (4.0 * Count * Count)));
            return (middle - half, middle + half);
        }
    }

    /// <summary>The class that was the most frequent in training: what the baseline always answers.</summary>
    public string MajorityClass { get; }

    /// <summary>The share of samples that the baseline answers rightly.</summary>
    public double MajorityAccuracy { get; }

    /// <summary>Whether the classifier beats the baseline.</summary>
    public ClassifierVerdict Verdict => AccuracyInterval is var (low, high) && low > MajorityAccuracy ? ClassifierVerdict.Better
        : high < MajorityAccuracy ? ClassifierVerdict.Worse : ClassifierVerdict.AsGood;

    /// <summary>The mean of -ln p, p being the calibrated probability of the true class.</summary>
    public double NegativeLogLikelihood { get; }

    /// <summary>The same without temperature scaling.</summary>
    public double UncalibratedNegativeLogLikelihood { get; }

    /// <summary>How the calibrated probabilities agree with what came true.</summary>
    public CalibrationBins Calibration { get; }

    /// <summary>The same without temperature scaling.</summary>
    public CalibrationBins Uncalibrated { get; }

    /// <summary>How often each class was taken for each, with precision, recall and F1 of each class.</summary>
    public ConfusionMatrix Confusion { get; }
}
