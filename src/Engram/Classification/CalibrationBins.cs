namespace Engram.Classification;

/// <summary>
/// How confidence and truth agree. Answers are sorted into ten bins by their confidence; the expected calibration error is the mean over all answers of
/// |accuracy - confidence| of their bins (Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian binning").
/// </summary>
public sealed class CalibrationBins
{
    private const int Bins = 10;

    internal CalibrationBins(double[] confidence, bool[] right)
    {
        var counts = new int[Bins];
        var accuracy = new double[Bins];
        var mean = new double[Bins];
        for (int i = 0; i < right.Length; i++)
        {
            int bin = Math.Clamp((int)Math.Ceiling(confidence[i] * Bins) - 1, 0, Bins - 1); // bins are open below and closed above
            counts[bin]++;
            mean[bin] += confidence[i];
            accuracy[bin] += right[i] ? 1 : 0;
        }

        for (int bin = 0; bin < Bins; bin++)
        {
            ExpectedError += Math.Abs(accuracy[bin] - mean[bin]) / right.Length;
            (accuracy[bin], mean[bin]) = (accuracy[bin] / counts[bin], mean[bin] / counts[bin]);
        }

        (Counts, Accuracy, Confidence) = (counts, accuracy, mean);
    }

    /// <summary>How many answers each bin has: those with a confidence above 0 to 0.1, above 0.1 to 0.2, and so on.</summary>
    public IReadOnlyList<int> Counts { get; }

    /// <summary>The share of right answers of each bin; NaN where there is none.</summary>
    public IReadOnlyList<double> Accuracy { get; }

    /// <summary>The mean confidence of each bin; NaN where there is none.</summary>
    public IReadOnlyList<double> Confidence { get; }

    /// <summary>The expected calibration error, from 0 to 1.</summary>
    public double ExpectedError { get; }
}
