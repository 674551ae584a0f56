namespace Engram.Layers;

/// <summary>The largest of all places, channel by channel: (batch, height, width, channels) becomes (batch, channels). The gradient goes to the first place that is as large.</summary>
public sealed class GlobalMaxPooling2D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    public GlobalMaxPooling2D() : base(2) { }

    private protected override bool Averages => false;

    internal static GlobalMaxPooling2D ReadConfig(Configuration config) => new() { KeepDimensions = ReadKeepDimensions(config) };
}
