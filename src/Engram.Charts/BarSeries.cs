namespace Engram.Charts;

/// <summary>One bar in each category of a <see cref="BarChart"/>.</summary>
public sealed class BarSeries
{
    /// <summary>A series of bars.</summary>
    /// <param name="name">The name in the legend.</param>
    /// <param name="values">One value for each category; NaN leaves its bar out. The array is kept, not copied.</param>
    /// <exception cref="ArgumentException">The name is empty, there are no values, or one is infinite.</exception>
    public BarSeries(string name, params double[] values)
    {
        Name = PointData.CheckName(name, "series of bars");
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length == 0)
            throw new ArgumentException($"Series '{name}' has no values; give one for each category.", nameof(values));
        Values = PointData.CheckY(name, values, values.Length, nameof(values));
    }

    /// <summary>The name in the legend.</summary>
    public string Name { get; }

    /// <summary>Its colour; null (the default) for the next one of the palette.</summary>
    public ChartColor? Color { get; init; }

    internal double[] Values { get; }
}
