namespace Engram.Layers;

/// <summary>Puts steps of zeros at both ends of a sequence: (batch, time, features) becomes (batch, start + time + end, features).</summary>
public sealed class ZeroPadding1D : Margins1D
{
    /// <summary>Creates the layer.</summary>
    /// <param name="start">How many steps are put at the start. Default 1.</param>
    /// <param name="end">How many steps are put at the end. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public ZeroPadding1D(int start = 1, int end = 1) : base(start, end) { }

    private protected override bool Adds => true;

    internal static ZeroPadding1D ReadConfig(Configuration config)
    {
        config.Only("data_format", "\"channels_last\"");
        int[] padding = config.Pairs("padding", 1);
        return new ZeroPadding1D(padding[0], padding[1]);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.SetPairs("padding", Start, End);
        config.Set("data_format", "channels_last");
    }
}
