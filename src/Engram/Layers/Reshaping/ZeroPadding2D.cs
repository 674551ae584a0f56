namespace Engram.Layers;

/// <summary>Puts rows and columns of zeros around: (batch, height, width, channels) becomes (batch, top + height + bottom, left + width + right, channels).</summary>
public sealed class ZeroPadding2D : Margins2D
{
    /// <summary>Creates the layer.</summary>
    /// <param name="top">How many rows are put at the top. Default 1.</param>
    /// <param name="bottom">How many rows are put at the bottom. Default 1.</param>
    /// <param name="left">How many columns are put at the left. Default 1.</param>
    /// <param name="right">How many columns are put at the right. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public ZeroPadding2D(int top = 1, int bottom = 1, int left = 1, int right = 1) : base(top, bottom, left, right) { }

    private protected override bool Adds => true;

    internal static ZeroPadding2D ReadConfig(Configuration config)
    {
        int[] padding = ReadPairs(config, "padding");
        return new ZeroPadding2D(padding[0], padding[1], padding[2], padding[3]);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        WritePairs(config, "padding");
    }
}
