namespace Engram.Layers;

/// <summary>The mean of all steps, feature by feature: (batch, time, features) becomes (batch, features). Padded steps do not count; a sequence of nothing but padding has no mean, which is NaN. The gradient goes to all places alike.</summary>
public sealed class GlobalAveragePooling1D : GlobalPooling
{
    /// <summary>Creates the layer.</summary>
    public GlobalAveragePooling1D() : base(1) { }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    private protected override Mask? Places(LayerCall call) => call.Mask;

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => null;

    private protected override bool Averages => true;

    internal static GlobalAveragePooling1D ReadConfig(Configuration config) => new() { KeepDimensions = ReadKeepDimensions(config) };
}
