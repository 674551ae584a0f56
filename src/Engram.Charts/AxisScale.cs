namespace Engram.Charts;

/// <summary>How values are laid out along an axis.</summary>
public enum AxisScale
{
    /// <summary>Equal differences take equal room.</summary>
    Linear,
    /// <summary>Equal ratios take equal room; all values must be positive.</summary>
    Logarithmic,
}
