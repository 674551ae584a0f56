namespace Engram.Layers;

/// <summary>Takes away steps at both ends of a sequence: (batch, time, features) becomes (batch, time - start - end, features).</summary>
public sealed class Cropping1D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="start">How many steps are taken away at the start. Default 1.</param>
    /// <param name="end">How many steps are taken away at the end. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public Cropping1D(int start = 1, int end = 1)
    {
        Start = Frame.NotNegative(start, nameof(start));
        End = Frame.NotNegative(end, nameof(end));
    }

    /// <summary>How many steps are taken away at the start.</summary>
    public int Start { get; }

    /// <summary>How many steps are taken away at the end.</summary>
    public int End { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 3
        ? input.With(1, Frame.Cropped(input[1], Start, End, this))
        : throw ShapeError("(batch, time, features)", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => Inside(call.Output).TakeOut(call.Input.Span, call.Output.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is { } dx) { Inside(call.Output).PutIn(call.OutputGradient.Span, dx.Span); }
    }

    private Frame Inside(TensorBuffer inner) => new(inner[0], inner[1], 1, inner[2], Start, End, 0, 0);

    internal static Cropping1D ReadConfig(Configuration config)
    {
        int[] cropping = config.Pairs("cropping", 1);
        return new Cropping1D(cropping[0], cropping[1]);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.SetPairs("cropping", Start, End);
    }
}
