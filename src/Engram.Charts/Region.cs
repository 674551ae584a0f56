namespace Engram.Charts;

/// <summary>A shaded stretch of the x axis with a label above the plot: the validation split, the test split.</summary>
public sealed class Region
{
    /// <summary>A stretch of numbers.</summary>
    /// <param name="from">Its start; finite.</param>
    /// <param name="to">Its end; finite and above the start.</param>
    /// <param name="label">Its label; may be empty.</param>
    /// <exception cref="ArgumentException">An end is not finite, or the end is not above the start.</exception>
    public Region(double from, double to, string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (!(Math.Abs(from) <= Axes.NumberTicks.Largest && Math.Abs(to) <= Axes.NumberTicks.Largest && from < to))
            throw new ArgumentException($"Region '{label}' goes from {from} to {to}; both must be finite and the second above the first.", nameof(to));
        From = from;
        To = to;
        Label = label;
    }

    /// <summary>A stretch of time.</summary>
    /// <param name="from">Its start.</param>
    /// <param name="to">Its end; after the start.</param>
    /// <param name="label">Its label; may be empty.</param>
    /// <exception cref="ArgumentException">The end is not after the start.</exception>
    public Region(DateTime from, DateTime to, string label) : this((double)from.Ticks, to.Ticks, label) => IsDated = true;

    /// <summary>The label above the plot.</summary>
    public string Label { get; }

    /// <summary>How strongly it is shaded, from 0 to 1; default 0.09. Neighbouring regions are told apart by different strengths.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not from 0 to 1.</exception>
    public double Opacity
    {
        get;
        init => field = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "The opacity of a region must be from 0 to 1.");
    } = 0.09;

    internal double From { get; }

    internal double To { get; }

    internal bool IsDated { get; }
}
