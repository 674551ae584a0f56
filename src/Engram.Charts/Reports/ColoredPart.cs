namespace Engram.Charts.Reports;

/// <summary>A part of a text and how strongly it is coloured.</summary>
/// <param name="Text">The text.</param>
/// <param name="Share">From 0, not at all, to 1, fully; what lies outside counts as the nearer end.</param>
/// <param name="Title">What is shown when the part is pointed at; null (the default) for nothing.</param>
public readonly record struct ColoredPart(string Text, double Share, string? Title = null)
{
    /// <summary>From 0, not at all, to 1, fully.</summary>
    public double Share { get; } = Math.Clamp(Share, 0, 1);
}
