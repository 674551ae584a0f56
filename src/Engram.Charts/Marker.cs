namespace Engram.Charts;

/// <summary>A vertical line with a label above the plot: where the forecast starts, the best epoch.</summary>
public sealed class Marker
{
    /// <summary>A marker at a number.</summary>
    /// <param name="x">Its position; finite.</param>
    /// <param name="label">Its label; may be empty.</param>
    /// <exception cref="ArgumentException">x is not finite.</exception>
    public Marker(double x, string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (!(Math.Abs(x) <= Axes.NumberTicks.Largest))
            throw new ArgumentException($"Marker '{label}' stands at x = {x}; x must be finite and within ±1e300.", nameof(x));
        X = x;
        Label = label;
    }

    /// <summary>A marker at a date.</summary>
    /// <param name="x">Its position.</param>
    /// <param name="label">Its label; may be empty.</param>
    public Marker(DateTime x, string label) : this((double)x.Ticks, label) => IsDated = true;

    /// <summary>The label above the plot.</summary>
    public string Label { get; }

    internal double X { get; }

    internal bool IsDated { get; }
}
