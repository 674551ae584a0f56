namespace Engram.Classification;

/// <summary>
/// Makes probabilities mean what they say (Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks"): softmax(z / T) with the one
/// number T under which the true classes of samples that were not trained on are likeliest. It changes no answer, only how sure it is.
/// </summary>
internal static class TemperatureScaling
{
    /// <summary>Between which bounds T is looked for.</summary>
    public const double Least = 0.05, Most = 20;

    /// <summary>
    /// The temperature. A handful of samples that are all answered rightly would have T go to 0, so ln² T / 2, what a normal prior of ln T costs, is added to the
    /// sum of the samples' losses; on hundreds of samples it is nothing. At T = 1 it is 0, so the mean loss never rises.
    /// </summary>
    /// <param name="logits">(samples, classes), the networks' outputs z.</param>
    /// <param name="targets">The number of each sample's class.</param>
    public static double Fit(double[,] logits, int[] targets)
    {
        double Cost(double logarithm) => (NegativeLogLikelihood(logits, targets, Math.Exp(logarithm)) * targets.Length) + (logarithm * logarithm / 2);

        // The cost is convex in 1/T and so has one minimum; golden sections close in on it.
        double ratio = (Math.Sqrt(5) - 1) / 2, low = Math.Log(Least), high = Math.Log(Most);
        double left = high - (ratio * (high - low)), right = low + (ratio * (high - low));
        double atLeft = Cost(left), atRight = Cost(right);
        while (high - low > 1e-6)
        {
            if (atLeft <= atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - (ratio * (high - low));
                atLeft = Cost(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + (ratio * (high - low));
                atRight = Cost(right);
            }
        }

        double found = (low + high) / 2;
        return Cost(found) < Cost(0) ? Math.Exp(found) : 1;
    }

    /// <summary>The mean of -ln softmax(z / T) at the true class.</summary>
    public static double NegativeLogLikelihood(double[,] logits, int[] targets, double temperature)
    {
        int classes = logits.GetLength(1);
        double sum = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            double largest = double.NegativeInfinity, total = 0;
            for (int k = 0; k < classes; k++) { largest = Math.Max(largest, logits[i, k]); }
            for (int k = 0; k < classes; k++) { total += Math.Exp((logits[i, k] - largest) / temperature); }
            sum += Math.Log(total) - ((logits[i, targets[i]] - largest) / temperature);
        }

        return sum / targets.Length;
    }
}
