namespace Engram.Layers;

/// <summary>Puts steps of zeros at both ends of a sequence: (batch, time, features) becomes (batch, start + time + end, features).</summary>
public sealed class ZeroPadding1D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="start">How many steps are put at the start. Default 1.</param>
    /// <param name="end">How many steps are put at the end. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public ZeroPadding1D(int start = 1, int end = 1)
    {
        Start = Frame.NotNegative(start, nameof(start));
        End = Frame.NotNegative(end, nameof(end));
    }

    /// <summary>How many steps are put at the start.</summary>
    public int Start { get; }

    /// <summary>How many steps are put at the end.</summary>
    public int End { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3
        ? input.With(1, Frame.Padded(input[1], Start, End))
        : throw ShapeError("(batch, time, features)", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => Inside(call.Input).PutIn(call.Input.Span, call.Output.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is { } dx) { Inside(dx).TakeOut(call.OutputGradient.Span, dx.Span); }
    }

    private Frame Inside(TensorBuffer inner) => new(inner[0], inner[1], 1, inner[2], Start, End, 0, 0);

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
