namespace Engram.Layers;

/// <summary>Where the values between two places come from.</summary>
public enum Interpolation
{
    /// <summary>From the place that is nearest.</summary>
    Nearest,

    /// <summary>From the places around, by distance, along both axes.</summary>
    Bilinear,
}
