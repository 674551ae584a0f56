using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>A mixture of normal distributions: with probability w_k the k-th.</summary>
public sealed class MixtureDistribution : ForecastDistribution
{
    private readonly GaussianDistribution[] components;
    private readonly double[] weights;

    /// <summary>Creates the distribution.</summary>
    /// <param name="weights">The probability of each component, not negative; scaled to a sum of 1.</param>
    /// <param name="components">The components, as many.</param>
    /// <exception cref="ArgumentException">The numbers differ, there is none, or the weights are negative or all 0.</exception>
    public MixtureDistribution(IReadOnlyList<double> weights, IReadOnlyList<GaussianDistribution> components)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(components);
        if (weights.Count != components.Count || weights.Count == 0) { throw new ArgumentException($"There are {weights.Count} weights for {components.Count} components.", nameof(weights)); }
        double sum = weights.Sum();
        if (!(weights.All(weight => weight >= 0) && sum > 0 && double.IsFinite(sum))) { throw new ArgumentException("Weights are not negative, finite, and not all 0.", nameof(weights)); }
        this.weights = [.. weights.Select(weight => weight / sum)];
        this.components = [.. components];
    }

    /// <summary>The probability of each component.</summary>
    public IReadOnlyList<double> Weights => weights;

    /// <summary>The components.</summary>
    public IReadOnlyList<GaussianDistribution> Components => components;

    /// <inheritdoc/>
    public override double Mean
    {
        get
        {
            double mean = 0;
            for (int k = 0; k < weights.Length; k++) { mean += weights[k] * components[k].Mean; }
            return mean;
        }
    }

    /// <inheritdoc/>
    public override double Cdf(double x)
    {
        double sum = 0;
        for (int k = 0; k < weights.Length; k++) { sum += weights[k] * components[k].Cdf(x); }
        return sum;
    }

    /// <inheritdoc/>
    public override double LogDensity(double x)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (int k = 0; k < weights.Length; k++) { largest = Math.Max(largest, Math.Log(weights[k]) + components[k].LogDensity(x)); }
        if (double.IsNegativeInfinity(largest)) { return largest; }
        for (int k = 0; k < weights.Length; k++) { sum += Math.Exp(Math.Log(weights[k]) + components[k].LogDensity(x) - largest); }
        return largest + Math.Log(sum);
    }

    /// <inheritdoc/>
    protected override double InverseCdf(double p)
    {
        // The quantile lies between those of the components.
        double low = double.PositiveInfinity, high = double.NegativeInfinity, start = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            double own = components[k].Quantile(p);
            (low, high) = (Math.Min(low, own), Math.Max(high, own));
            start += weights[k] * own;
        }

        return Invert(Cdf, x => Math.Exp(LogDensity(x)), p, low, high, Math.Clamp(start, low, high));
    }
}
