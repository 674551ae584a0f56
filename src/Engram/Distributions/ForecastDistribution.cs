namespace Engram.Distributions;

/// <summary>What may come, as a probability distribution of one number.</summary>
public abstract class ForecastDistribution
{
    /// <summary>The mean.</summary>
    public abstract double Mean { get; }

    /// <summary>The median: the quantile of 0.5.</summary>
    public double Median => Quantile(0.5);

    /// <summary>The number below which lies the share <paramref name="p"/> of what may come; of counts, the least number with at least that share up to it.</summary>
    /// <param name="p">The share, between 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="p"/> is not between 0 and 1, both excluded.</exception>
    public double Quantile(double p) => p is > 0 and < 1
        ? InverseCdf(p)
        : throw new ArgumentOutOfRangeException(nameof(p), p, "A quantile lies between 0 and 1, both excluded.");

    /// <summary>The probability of at most <paramref name="x"/>.</summary>
    public abstract double Cdf(double x);

    /// <summary>The logarithm of the density at <paramref name="x"/>; of counts, of the probability of exactly <paramref name="x"/>.</summary>
    public abstract double LogDensity(double x);

    /// <summary>A draw, by the quantile of a uniform number: the same for the same key and position, on any thread.</summary>
    /// <param name="key">What the draw follows from, for example <c>new RandomKey(seed)</c>.</param>
    /// <param name="position">Which draw of the key it is.</param>
    public double Sample(RandomKey key, long position = 0)
    {
        (uint a, uint b, _, _) = key.Words((ulong)position);
        return InverseCdf((((((ulong)a << 32) | b) >> 12) + 0.5) * (1.0 / (1UL << 52)));
    }

    /// <summary>The quantile of a number between 0 and 1, both excluded.</summary>
    protected abstract double InverseCdf(double p);

    private protected static double Require(bool valid, double value, string name, string range) =>
        valid ? value : throw new ArgumentOutOfRangeException(name, value, $"It must be {range}.");
}
