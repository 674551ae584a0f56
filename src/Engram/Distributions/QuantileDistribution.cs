using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>
/// The distribution through given quantiles: straight lines between them on a normal probability plot, x = a + b Φ⁻¹(p), the outermost lines
/// going on. So two quantiles are a normal distribution.
/// </summary>
public sealed class QuantileDistribution : ForecastDistribution
{
    private readonly double[] levels;
    private readonly double[] values;
    private readonly double[] z; // Φ⁻¹ of the levels

    /// <summary>Creates the distribution.</summary>
    /// <param name="levels">Two or more levels between 0 and 1, ascending.</param>
    /// <param name="values">The quantile of each level, not descending.</param>
    /// <exception cref="ArgumentException">There are fewer than two, the numbers differ, or they do not ascend.</exception>
    public QuantileDistribution(IReadOnlyList<double> levels, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(levels);
        ArgumentNullException.ThrowIfNull(values);
        this.levels = CheckLevels([.. levels]);
        if (values.Count != levels.Count) { throw new ArgumentException($"There are {values.Count} values for {levels.Count} levels.", nameof(values)); }
        for (int i = 1; i < values.Count; i++)
        {
            if (!(values[i] >= values[i - 1])) { throw new ArgumentException($"Quantiles do not descend; {values[i]} follows {values[i - 1]}.", nameof(values)); }
        }

        this.values = [.. values];
        z = [.. this.levels.Select(NormalQuantile)];
    }

    /// <summary>The levels.</summary>
    public IReadOnlyList<double> Levels => levels;

    /// <summary>The quantile of each level.</summary>
    public IReadOnlyList<double> Values => values;

    /// <inheritdoc/>
    public override double Mean
    {
        get
        {
            // ∫ a + b Φ⁻¹(p) dp = a (p1 - p0) + b (φ(z0) - φ(z1)) over each piece
            double mean = 0;
            for (int i = 0; i < levels.Length - 1; i++)
            {
                (double a, double b) = Line(i);
                (double p0, double d0) = i == 0 ? (0, 0) : (levels[i], NormalDensity(z[i]));
                (double p1, double d1) = i == levels.Length - 2 ? (1, 0) : (levels[i + 1], NormalDensity(z[i + 1]));
                mean += (a * (p1 - p0)) + (b * (d0 - d1));
            }

            return mean;
        }
    }

    /// <inheritdoc/>
    public override double Cdf(double x)
    {
        (double a, double b) = Line(PieceAt(x));
        return b > 0 ? NormalCdf((x - a) / b) : x < a ? 0 : double.IsNaN(x) ? x : Cap(x);
    }

    /// <inheritdoc/>
    public override double LogDensity(double x)
    {
        (double a, double b) = Line(PieceAt(x));
        return b > 0 ? LogNormalDensity((x - a) / b) - Math.Log(b) : x == a ? double.PositiveInfinity : x != a ? double.NegativeInfinity : x;
    }

    /// <inheritdoc/>
    protected override double InverseCdf(double p)
    {
        int i = 0;
        while (i < levels.Length - 2 && p > levels[i + 1]) { i++; }
        (double a, double b) = Line(i);
        return b > 0 ? a + (b * NormalQuantile(p)) : a;
    }

    internal static double[] CheckLevels(double[] levels)
    {
        if (levels.Length < 2) { throw new ArgumentException("A distribution needs two quantiles or more.", nameof(levels)); }
        for (int i = 0; i < levels.Length; i++)
        {
            if (!(levels[i] > 0 && levels[i] < 1)) { throw new ArgumentException($"A quantile lies between 0 and 1, both excluded; one is {levels[i]}.", nameof(levels)); }
            if (i > 0 && levels[i] <= levels[i - 1]) { throw new ArgumentException($"Quantiles must ascend; {levels[i]} follows {levels[i - 1]}.", nameof(levels)); }
        }

        return levels;
    }

    // Where the last quantiles are equal, all is at most x; where others are, the level up to which they are.
    private double Cap(double x)
    {
        int i = levels.Length - 1;
        while (values[i] > x) { i--; }
        return i == levels.Length - 1 ? 1 : levels[i];
    }

    private int PieceAt(double x)
    {
        int i = 0;
        while (i < levels.Length - 2 && x >= values[i + 1]) { i++; }
        return i;
    }

    private (double A, double B) Line(int i)
    {
        double b = (values[i + 1] - values[i]) / (z[i + 1] - z[i]);
        return (values[i] - (b * z[i]), b);
    }
}
