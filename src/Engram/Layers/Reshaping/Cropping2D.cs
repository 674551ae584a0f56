namespace Engram.Layers;

/// <summary>Takes away rows and columns at the edges: (batch, height, width, channels) becomes (batch, height - top - bottom, width - left - right, channels).</summary>
public sealed class Cropping2D : Margins2D
{
    /// <summary>Creates the layer.</summary>
    /// <param name="top">How many rows are taken away at the top. Default 0.</param>
    /// <param name="bottom">How many rows are taken away at the bottom. Default 0.</param>
    /// <param name="left">How many columns are taken away at the left. Default 0.</param>
    /// <param name="right">How many columns are taken away at the right. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public Cropping2D(int top = 0, int bottom = 0, int left = 0, int right = 0) : base(top, bottom, left, right) { }

    private protected override bool Adds => false;

    internal static Cropping2D ReadConfig(Configuration config)
    {
        int[] cropping = ReadPairs(config, "cropping");
        return new Cropping2D(cropping[0], cropping[1], cropping[2], cropping[3]);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        WritePairs(config, "cropping");
    }
}
