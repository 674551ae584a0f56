namespace Engram.Charts;

/// <summary>A line through points in the order of x.</summary>
public sealed class LineSeries
{
    /// <summary>A line over numbers.</summary>
    /// <param name="name">The name in the legend.</param>
    /// <param name="x">Positions; finite, none smaller than the one before. The array is kept, not copied.</param>
    /// <param name="y">Values, as many as x; NaN is a gap in the line.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are no points, x is not finite or decreases, or y is infinite.</exception>
    public LineSeries(string name, double[] x, double[] y)
    {
        Name = PointData.CheckName(name, "line");
        X = PointData.CheckX(name, x, nameof(x));
        Y = PointData.CheckY(name, y, x.Length, nameof(y));
    }

    /// <summary>A line over dates; see <see cref="LineSeries(string, double[], double[])"/>.</summary>
    /// <param name="name">The name in the legend.</param>
    /// <param name="x">Dates, none earlier than the one before; their <see cref="DateTime.Kind"/> is not looked at.</param>
    /// <param name="y">Values, as many as dates; NaN is a gap in the line.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are no points, dates go backwards, or y is infinite.</exception>
    public LineSeries(string name, DateTime[] x, double[] y) : this(name, PointData.Ticks(x), y) => IsDated = true;

    /// <summary>A line over 1, 2, 3 and so on, or from another first number on: epochs, steps ahead.</summary>
    /// <param name="name">The name in the legend.</param>
    /// <param name="values">The values; NaN is a gap in the line.</param>
    /// <param name="first">The x of the first value; default 1.</param>
    /// <exception cref="ArgumentException">There are no values, or one is infinite.</exception>
    public static LineSeries FromValues(string name, double[] values, int first = 1)
    {
        ArgumentNullException.ThrowIfNull(values);
        var x = new double[values.Length];
        for (int i = 0; i < x.Length; i++)
            x[i] = first + i;
        return new LineSeries(name, x, values);
    }

    /// <summary>The name in the legend.</summary>
    public string Name { get; }

    /// <summary>Its colour; null (the default) for the next one of the palette.</summary>
    public ChartColor? Color { get; init; }

    /// <summary>Its strokes; null (the default) for solid, and other dashes once all colours of the palette are used.</summary>
    public LineDash? Dash { get; init; }

    /// <summary>Whether a dot stands on each point (of a very long series, on the points that are drawn); default false.</summary>
    public bool ShowPoints { get; init; }

    internal double[] X { get; }

    internal double[] Y { get; }

    internal bool IsDated { get; }
}
