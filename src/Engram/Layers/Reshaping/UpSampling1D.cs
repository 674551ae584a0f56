namespace Engram.Layers;

/// <summary>Repeats every step of a sequence: (batch, time, features) becomes (batch, time × size, features).</summary>
public sealed class UpSampling1D : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="size">How often each step stands in the output, 1 or more. Default 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is below 1.</exception>
    public UpSampling1D(int size = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        Size = size;
    }

    /// <summary>How often each step stands in the output.</summary>
    public int Size { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank != 3) { throw ShapeError("(batch, time, features)", input); }
        return input[1] == Shape.Unknown ? input : input.With(1, checked(input[1] * Size));
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        ReadOnlySpan<int> axes = call.Input.Axes;
        Broadcasting.Expand(
            call.Input.Span, [axes[0] * axes[1], 1, axes[2]], call.Output.Span, [axes[0] * axes[1], Size, axes[2]]);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        ReadOnlySpan<int> axes = dx.Axes;
        dx.Clear();
        Broadcasting.AddReduced(
            call.OutputGradient.Span, [axes[0] * axes[1], Size, axes[2]], dx.Span, [axes[0] * axes[1], 1, axes[2]]);
    }

    internal static UpSampling1D ReadConfig(Configuration config) => new(config.Int32("size", 2));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("size", Size);
    }
}
