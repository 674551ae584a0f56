namespace Engram.Charts;

/// <summary>Checks of what users give as points.</summary>
internal static class PointData
{
    public static string CheckName(string name, string what)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new ArgumentException($"A {what} needs a name for the legend; it was empty.", nameof(name));
        return name;
    }

    public static double[] CheckX(string name, double[] x, string parameter)
    {
        ArgumentNullException.ThrowIfNull(x, parameter);
        if (x.Length == 0)
            throw new ArgumentException($"Series '{name}' has no points; give at least one.", parameter);
        for (int i = 0; i < x.Length; i++)
        {
            if (!(Math.Abs(x[i]) <= Axes.NumberTicks.Largest))
                throw new ArgumentException($"Series '{name}' has x = {x[i]} at point {i}; x must be finite and within ±1e300.", parameter);
            if (i > 0 && x[i] < x[i - 1])
                throw new ArgumentException($"Series '{name}' goes back from x = {x[i - 1]} to {x[i]} at point {i}; sort the points by x.", parameter);
        }
        return x;
    }

    public static double[] CheckY(string name, double[] y, int count, string parameter)
    {
        ArgumentNullException.ThrowIfNull(y, parameter);
        if (y.Length != count)
            throw new ArgumentException($"Series '{name}' has {count} x but {y.Length} {parameter}; their lengths must be equal.", parameter);
        for (int i = 0; i < y.Length; i++)
        {
            if (Math.Abs(y[i]) > Axes.NumberTicks.Largest)
                throw new ArgumentException(
                    $"Series '{name}' has {parameter} = {y[i]} at point {i}; values must be within ±1e300, or NaN where there is a gap.", parameter);
        }
        return y;
    }

    public static double[] Ticks(DateTime[] dates)
    {
        ArgumentNullException.ThrowIfNull(dates);
        return Array.ConvertAll(dates, date => (double)date.Ticks);
    }
}
