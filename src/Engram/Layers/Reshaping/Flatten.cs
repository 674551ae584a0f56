namespace Engram.Layers;

/// <summary>Puts all axes but the batch axis into one: (batch, a, b, ...) becomes (batch, a × b × ...).</summary>
public sealed class Flatten : Layer
{
    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank < 1) { throw ShapeError("(batch, ...)", input); }
        ReadOnlySpan<int> rest = input.Axes[1..];
        return new Shape(input[0], rest.Contains(Shape.Unknown) ? Shape.Unknown : new Shape(rest).Count);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => call.Output.CopyFrom(call.Input.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call) => call.InputGradient?.CopyFrom(call.OutputGradient.Span);

    internal static Flatten ReadConfig(Configuration config)
    {
        config.Only("data_format", "\"channels_last\"");
        return new Flatten();
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("data_format", "channels_last");
    }
}
