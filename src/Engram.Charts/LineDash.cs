namespace Engram.Charts;

/// <summary>How a line is drawn.</summary>
public enum LineDash
{
    /// <summary>Unbroken.</summary>
    Solid,
    /// <summary>Long strokes.</summary>
    Dashed,
    /// <summary>Dots.</summary>
    Dotted,
    /// <summary>Strokes and dots in turn.</summary>
    DashDot,
}
