namespace Engram.Charts;

/// <summary>How a <see cref="HeatMap"/> turns numbers into colours. Equal steps in value look like equal steps in colour.</summary>
public enum ColorScale
{
    /// <summary>From dark violet over green to light yellow: the lighter, the larger.</summary>
    Sequential,
    /// <summary>From blue over near-white at zero to red-orange, the same reach on both sides.</summary>
    Diverging,
}
