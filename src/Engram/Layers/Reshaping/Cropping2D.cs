namespace Engram.Layers;

/// <summary>Takes away rows and columns at the edges: (batch, height, width, channels) becomes (batch, height - top - bottom, width - left - right, channels).</summary>
public sealed class Cropping2D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="top">How many rows are taken away at the top. Default 0.</param>
    /// <param name="bottom">How many rows are taken away at the bottom. Default 0.</param>
    /// <param name="left">How many columns are taken away at the left. Default 0.</param>
    /// <param name="right">How many columns are taken away at the right. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public Cropping2D(int top = 0, int bottom = 0, int left = 0, int right = 0)
    {
        Top = Frame.NotNegative(top, nameof(top));
        Bottom = Frame.NotNegative(bottom, nameof(bottom));
        Left = Frame.NotNegative(left, nameof(left));
        Right = Frame.NotNegative(right, nameof(right));
    }

    /// <summary>How many rows are taken away at the top.</summary>
    public int Top { get; }

    /// <summary>How many rows are taken away at the bottom.</summary>
    public int Bottom { get; }

    /// <summary>How many columns are taken away at the left.</summary>
    public int Left { get; }

    /// <summary>How many columns are taken away at the right.</summary>
    public int Right { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 4
        ? input.With(1, Frame.Cropped(input[1], Top, Bottom, this)).With(2, Frame.Cropped(input[2], Left, Right, this))
        : throw ShapeError("(batch, height, width, channels)", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => Inside(call.Output).TakeOut(call.Input.Span, call.Output.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is { } dx) { Inside(call.Output).PutIn(call.OutputGradient.Span, dx.Span); }
    }

    private Frame Inside(TensorBuffer inner) => new(inner[0], inner[1], inner[2], inner[3], Top, Bottom, Left, Right);

    internal static Cropping2D ReadConfig(Configuration config)
    {
        config.Only("data_format", "\"channels_last\"");
        int[] cropping = config.Pairs("cropping", 2);
        return new Cropping2D(cropping[0], cropping[1], cropping[2], cropping[3]);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.SetPairs("cropping", Top, Bottom, Left, Right);
        config.Set("data_format", "channels_last");
    }
}
