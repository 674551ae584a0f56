using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>Repeats a vector as the steps of a sequence: (batch, features) becomes (batch, count, features).</summary>
public sealed class RepeatVector : Layer
{
    /// <summary>Creates the layer.</summary>
    /// <param name="count">How many steps, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    public RepeatVector(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
    }

    /// <summary>How many steps.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input) => input.Rank == 2
        ? new Shape(input[0], Count, input[1])
        : throw ShapeError("(batch, features)", input);

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        int features = call.Input[1];
        for (int row = 0; row < call.Input[0]; row++)
        {
            ReadOnlySpan<float> x = call.Input.Span.Slice(row * features, features);
            for (int t = 0; t < Count; t++) { x.CopyTo(call.Output.Span[(((row * Count) + t) * features)..]); }
        }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } gradient) { return; }
        int features = call.Input[1];
        gradient.Clear();
        for (int row = 0; row < call.Input[0]; row++)
        {
            Span<float> dx = gradient.Span.Slice(row * features, features);
            for (int t = 0; t < Count; t++)
            {
                TensorPrimitives.Add(dx, call.OutputGradient.Span.Slice(((row * Count) + t) * features, features), dx);
            }
        }
    }

    internal static RepeatVector ReadConfig(Configuration config) => new(config.Int32("n"));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("n", Count);
    }
}
