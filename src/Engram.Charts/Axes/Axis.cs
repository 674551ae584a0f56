namespace Engram.Charts.Axes;

/// <summary>A labelled position on an axis; <see cref="Context"/> is the second line of a date (the year under a month).</summary>
internal readonly record struct Tick(double Value, string Label, string? Context = null);

/// <summary>A range of values, linear or logarithmic, with its ticks.</summary>
internal sealed record Axis(double Min, double Max, bool IsLogarithmic, IReadOnlyList<Tick> Ticks)
{
    /// <summary>Where a value stands between Min (0) and Max (1).</summary>
    public double Fraction(double value) => IsLogarithmic
        ? (Math.Log(value) - Math.Log(Min)) / (Math.Log(Max) - Math.Log(Min))
        : value / (Max - Min) - Min / (Max - Min);
}
