using Engram.Charts.Axes;

namespace Engram.Charts.Drawing;

/// <summary>The values of the first and the last colour of a scale, given or taken from the data, and the colour of a value.</summary>
internal sealed class ColorRange
{
    /// <summary>The range of values, of which NaN are left out.</summary>
    /// <exception cref="InvalidOperationException">All values are NaN, or the given limits are in the wrong order.</exception>
    public ColorRange(IEnumerable<double> values, ColorScale colors, double? givenLow, double? givenHigh, string what)
    {
        double lowest = double.PositiveInfinity, highest = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (double.IsNaN(value))
                continue;
            lowest = Math.Min(lowest, value);
            highest = Math.Max(highest, value);
        }
        if (lowest > highest)
            throw new InvalidOperationException($"All {what} are NaN; there is nothing to draw.");
        if (givenLow >= givenHigh)
            throw new InvalidOperationException($"Low = {givenLow} is not below High = {givenHigh}.");
        double low, high;
        if (colors == ColorScale.Diverging)
        {
            high = givenHigh ?? -givenLow ?? Math.Max(Math.Abs(lowest), Math.Abs(highest));
            low = givenLow ?? -high;
        }
        else
        {
            low = givenLow ?? Math.Min(lowest, givenHigh ?? lowest);
            high = givenHigh ?? Math.Max(highest, givenLow ?? highest);
        }
        (Low, High) = NumberTicks.Widen(low, high);
    }

    /// <summary>The value of the first colour.</summary>
    public double Low { get; }

    /// <summary>The value of the last colour.</summary>
    public double High { get; }

    /// <summary>Which colour of a table a value has; values beyond the range have that of its end, NaN −1.</summary>
    public int Index(double value) => double.IsNaN(value)
        ? -1
        : (int)Math.Round((Math.Clamp(value, Low, High) / (High - Low) - Low / (High - Low)) * (ColorTable.Size - 1));
}
