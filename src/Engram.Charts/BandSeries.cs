namespace Engram.Charts;

/// <summary>The area between two lines, such as a prediction interval. Bands are drawn in the order given: the widest first.</summary>
public sealed class BandSeries
{
    /// <summary>A band over numbers.</summary>
    /// <param name="name">The name in the legend.</param>
    /// <param name="x">Positions; finite, none smaller than the one before. The array is kept, not copied.</param>
    /// <param name="low">The lower edge, as many as x; NaN is a gap.</param>
    /// <param name="high">The upper edge, as many as x, nowhere below the lower one; NaN is a gap.</param>
    /// <exception cref="ArgumentException">
    /// The lengths differ, there are no points, x is not finite or decreases, or an edge is infinite or the upper one below the lower.
    /// </exception>
    public BandSeries(string name, double[] x, double[] low, double[] high)
    {
        Name = PointData.CheckName(name, "band");
        X = PointData.CheckX(name, x, nameof(x));
        Low = PointData.CheckY(name, low, x.Length, nameof(low));
        High = PointData.CheckY(name, high, x.Length, nameof(high));
        for (int i = 0; i < low.Length; i++)
        {
            if (low[i] > high[i])
                throw new ArgumentException($"Band '{name}' has low {low[i]} above high {high[i]} at point {i}; low must not exceed high.", nameof(low));
        }
    }

    /// <summary>A band over dates; see <see cref="BandSeries(string, double[], double[], double[])"/>.</summary>
    /// <param name="name">The name in the legend.</param>
    /// <param name="x">Dates, none earlier than the one before; their <see cref="DateTime.Kind"/> is not looked at.</param>
    /// <param name="low">The lower edge, as many as dates; NaN is a gap.</param>
    /// <param name="high">The upper edge, as many as dates, nowhere below the lower one; NaN is a gap.</param>
    /// <exception cref="ArgumentException">As for numbers.</exception>
    public BandSeries(string name, DateTime[] x, double[] low, double[] high) : this(name, PointData.Ticks(x), low, high) => IsDated = true;

    /// <summary>The name in the legend.</summary>
    public string Name { get; }

    /// <summary>Its colour; null (the default) for the colour of the chart's last line, which is usually what the band belongs to.</summary>
    public ChartColor? Color { get; init; }

    internal double[] X { get; }

    internal double[] Low { get; }

    internal double[] High { get; }

    internal bool IsDated { get; }
}
