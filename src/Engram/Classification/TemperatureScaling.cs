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
    public static double Fit(double[,] logits, int[] targets) => Fit(targets, temperature => NegativeLogLikelihood(logits, targets, temperature)).Temperature;

    /// <summary>
    /// The temperature, and the weight w from 0 of evidence beside the networks, of softmax((z + w e) / T). As T does, w / T has a weak prior, normal with a
    /// deviation of 10, lest a handful of right answers make it endless.
    /// </summary>
    /// <param name="logits">(samples, classes), z.</param>
    /// <param name="evidence">(samples, classes), e.</param>
    /// <param name="targets">The number of each sample's class.</param>
    public static (double Temperature, double Weight) Fit(double[,] logits, double[,] evidence, int[] targets)
    {
        const double MostEvidence = 50, Spread = 10;
        var sum = new double[logits.GetLength(0), logits.GetLength(1)];

        // For z / T + b e the loss is convex in 1/T and b together, and so the least over T is convex in b.
        (double Temperature, double Cost) At(double b) => Fit(targets, temperature =>
        {
            for (int i = 0; i < sum.GetLength(0); i++)
            {
                for (int k = 0; k < sum.GetLength(1); k++) { sum[i, k] = (logits[i, k] / temperature) + (b * evidence[i, k]); }
            }

            return NegativeLogLikelihood(sum, targets, 1);
        });
        double Cost(double b) => At(b).Cost + (b * b / (2 * Spread * Spread));
        double found = GoldenSection(Cost, 0, MostEvidence, 1e-3);
        if (Cost(0) <= Cost(found)) { found = 0; }
        double weight = found * At(found).Temperature;
        for (int i = 0; i < sum.GetLength(0); i++)
        {
            for (int k = 0; k < sum.GetLength(1); k++) { sum[i, k] = logits[i, k] + (weight * evidence[i, k]); }
        }

        return (Fit(sum, targets), weight);
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

    private static (double Temperature, double Cost) Fit(int[] targets, Func<double, double> loss)
    {
        double Cost(double logarithm) => (loss(Math.Exp(logarithm)) * targets.Length) + (logarithm * logarithm / 2);
        double found = GoldenSection(Cost, Math.Log(Least), Math.Log(Most), 1e-5), cost = Cost(found), atOne = Cost(0);
        return cost < atOne ? (Math.Exp(found), cost) : (1, atOne);
    }

    // Closes in on the least of a function with one valley.
    private static double GoldenSection(Func<double, double> f, double low, double high, double tolerance)
    {
        double ratio = (Math.Sqrt(5) - 1) / 2;
        double left = high - (ratio * (high - low)), right = low + (ratio * (high - low));
        double atLeft = f(left), atRight = f(right);
        while (high - low > tolerance)
        {
            if (atLeft <= atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - (ratio * (high - low));
                atLeft = f(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + (ratio * (high - low));
                atRight = f(right);
            }
        }

        return (low + high) / 2;
    }
}
