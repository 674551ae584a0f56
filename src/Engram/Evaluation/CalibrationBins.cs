namespace Engram.Evaluation;

/// <summary>
/// How confidence and truth agree. Answers are sorted into bins of equal width by their confidence, each bin open below and closed above; the expected calibration error is the mean over all answers of
/// |accuracy - confidence| of their bins (Naeini, Cooper and Hauskrecht 2015; for networks: Guo et al. 2017).
/// <code>
/// ECE = Σ_b n_b / n · |accuracy_b - confidence_b|
/// </code>
/// </summary>
public sealed class CalibrationBins
{
    /// <summary>Sorts answers into bins.</summary>
    /// <param name="confidence">The probability of each answer, from 0 to 1.</param>
    /// <param name="right">Whether each answer is right.</param>
    /// <param name="bins">How many bins, 1 or more. Default 10.</param>
    /// <exception cref="EngramException">There is no answer, there are not as many of both, or a probability is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public CalibrationBins(ReadOnlySpan<double> confidence, ReadOnlySpan<bool> right, int bins = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        if (confidence.Length != right.Length) { throw new EngramException($"There are {confidence.Length} probabilities and {right.Length} answers; there must be one for each."); }
        if (right.Length == 0) { throw new EngramException("There are no answers; a calibration error needs at least one."); }
        var counts = new int[bins];
        var accuracy = new double[bins];
        var mean = new double[bins];
        for (int i = 0; i < right.Length; i++)
        {
            if (!(confidence[i] >= 0 && confidence[i] <= 1)) { throw new EngramException($"The probability of answer {i} is {confidence[i]}; it must be from 0 to 1."); }
            int bin = Math.Max(0, (int)Math.Ceiling(confidence[i] * bins) - 1);
            counts[bin]++;
            mean[bin] += confidence[i];
            accuracy[bin] += right[i] ? 1 : 0;
        }

        for (int bin = 0; bin < bins; bin++)
        {
            ExpectedError += Math.Abs(accuracy[bin] - mean[bin]) / right.Length;
            (accuracy[bin], mean[bin]) = (accuracy[bin] / counts[bin], mean[bin] / counts[bin]);
        }

        (Counts, Accuracy, Confidence) = (counts, accuracy, mean);
    }

    /// <summary>How many answers each bin has; with ten bins those with a confidence from 0 to 0.1, above 0.1 to 0.2, and so on.</summary>
    public IReadOnlyList<int> Counts { get; }

    /// <summary>The share of right answers of each bin; NaN where there is none.</summary>
    public IReadOnlyList<double> Accuracy { get; }

    /// <summary>The mean confidence of each bin; NaN where there is none.</summary>
    public IReadOnlyList<double> Confidence { get; }

    /// <summary>The expected calibration error, from 0 to 1.</summary>
    public double ExpectedError { get; }
}
