namespace Engram.Layers;

/// <summary>What <see cref="Cropping2D"/> and <see cref="ZeroPadding2D"/> share.</summary>
public abstract class Margins2D : Margins
{
    private protected Margins2D(int top, int bottom, int left, int right)
    {
        Top = NotNegative(top, nameof(top));
        Bottom = NotNegative(bottom, nameof(bottom));
        Left = NotNegative(left, nameof(left));
        Right = NotNegative(right, nameof(right));
    }

    /// <summary>How many rows at the top.</summary>
    public int Top { get; }

    /// <summary>How many rows at the bottom.</summary>
    public int Bottom { get; }

    /// <summary>How many columns at the left.</summary>
    public int Left { get; }

    /// <summary>How many columns at the right.</summary>
    public int Right { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 4
        ? input.With(1, Length(input[1], Top, Bottom)).With(2, Length(input[2], Left, Right))
        : throw ShapeError("(batch, height, width, channels)", input);

    private protected override Frame Inside(TensorBuffer inner) => new(inner[0], inner[1], inner[2], inner[3], Top, Bottom, Left, Right);

    /// <summary>Reads what both write: the option of the given name, and the format of the data.</summary>
    private protected static int[] ReadPairs(Configuration config, string option)
    {
        config.Only("data_format", "\"channels_last\"");
        return config.Pairs(option, 2);
    }

    private protected void WritePairs(Configuration config, string option)
    {
        config.SetPairs(option, Top, Bottom, Left, Right);
        config.Set("data_format", "channels_last");
    }
}
