namespace Engram.Layers;

/// <summary>Puts the axes of each sample in another order: axis i of the output is axis <c>Axes[i - 1]</c> of the input.</summary>
public sealed class Permute : Layer
{
    private readonly int[] order;

    /// <summary>Creates the layer.</summary>
    /// <param name="axes">The input's axes in the order that the output has them: the numbers 1, 2, ... each once. Axis 0, the batch, stays.</param>
    /// <exception cref="ArgumentException">The numbers are not 1, 2, ... in some order.</exception>
    public Permute(params ReadOnlySpan<int> axes)
    {
        order = [0, .. axes];
        if (!order.Order().SequenceEqual(Enumerable.Range(0, order.Length)))
        {
            throw new ArgumentException($"The axes {Shape.Format(axes)} must be the numbers from 1 to {axes.Length}, each once.", nameof(axes));
        }
    }

    /// <summary>The input's axes in the order that the output has them, the batch left out.</summary>
    public IReadOnlyList<int> Axes => order[1..];

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank != order.Length) { throw ShapeError($"an input of {order.Length} axes", input); }
        return new Shape([.. order.Select(axis => input[axis])]);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => Transposition.Forward(call.Input.Span, call.Input.Axes, order, call.Output.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is { } dx) { Transposition.Backward(call.OutputGradient.Span, dx.Axes, order, dx.Span); }
    }

    internal static Permute ReadConfig(Configuration config) => new(config.Int32s("dims"));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("dims", order[1..]);
    }
}
