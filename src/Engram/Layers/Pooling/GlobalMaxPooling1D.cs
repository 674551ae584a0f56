namespace Engram.Layers;

/// <summary>The largest of all steps, feature by feature: (batch, time, features) becomes (batch, features). The gradient goes to the first place that is as large.</summary>
public sealed class GlobalMaxPooling1D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    public GlobalMaxPooling1D() : base(1) { }

    private protected override bool Averages => false;

    internal static GlobalMaxPooling1D ReadConfig(Configuration config) => new() { KeepDimensions = ReadKeepDimensions(config) };
}
