namespace Engram.Layers;

/// <summary>The mean of all places, channel by channel: (batch, height, width, channels) becomes (batch, channels). The gradient goes to all places alike.</summary>
public sealed class GlobalAveragePooling2D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    public GlobalAveragePooling2D() : base(2) { }

    private protected override bool Averages => true;

    internal static GlobalAveragePooling2D ReadConfig(Configuration config) => new() { KeepDimensions = ReadKeepDimensions(config) };
}
