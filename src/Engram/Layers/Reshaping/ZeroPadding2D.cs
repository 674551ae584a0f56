namespace Engram.Layers;

/// <summary>Puts rows and columns of zeros around: (batch, height, width, channels) becomes (batch, top + height + bottom, left + width + right, channels).</summary>
public sealed class ZeroPadding2D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="top">How many rows are put at the top. Default 1.</param>
    /// <param name="bottom">How many rows are put at the bottom. Default 1.</param>
    /// <param name="left">How many columns are put at the left. Default 1.</param>
    /// <param name="right">How many columns are put at the right. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public ZeroPadding2D(int top = 1, int bottom = 1, int left = 1, int right = 1)
    {
        Top = Frame.NotNegative(top, nameof(top));
        Bottom = Frame.NotNegative(bottom, nameof(bottom));
        Left = Frame.NotNegative(left, nameof(left));
        Right = Frame.NotNegative(right, nameof(right));
    }

    /// <summary>How many rows are put at the top.</summary>
    public int Top { get; }

    /// <summary>How many rows are put at the bottom.</summary>
    public int Bottom { get; }

    /// <summary>How many columns are put at the left.</summary>
    public int Left { get; }

    /// <summary>How many columns are put at the right.</summary>
    public int Right { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 4
        ? input.With(1, Frame.Padded(input[1], Top, Bottom)).With(2, Frame.Padded(input[2], Left, Right))
        : throw ShapeError("(batch, height, width, channels)", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => Inside(call.Input).PutIn(call.Input.Span, call.Output.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is { } dx) { Inside(dx).TakeOut(call.OutputGradient.Span, dx.Span); }
    }

    private Frame Inside(TensorBuffer inner) => new(inner[0], inner[1], inner[2], inner[3], Top, Bottom, Left, Right);

    internal static ZeroPadding2D ReadConfig(Configuration config)
    {
        config.Only("data_format", "\"channels_last\"");
        int[] padding = config.Pairs("padding", 2);
        return new ZeroPadding2D(padding[0], padding[1], padding[2], padding[3]);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.SetPairs("padding", Top, Bottom, Left, Right);
        config.Set("data_format", "channels_last");
    }
}
