using System.Numerics.Tensors;

namespace Engram.Layers;

/// <summary>What <see cref="Reduce"/> makes of the elements along its axes.</summary>
internal enum Reduction
{
    /// <summary>Σ x</summary>
    Sum,

    /// <summary>Σ x / n</summary>
    Mean,

    /// <summary>The largest; the gradient goes to the first that is as large.</summary>
    Maximum,

    /// <summary>The smallest; the gradient goes to the first that is as small.</summary>
    Minimum,
}

/// <summary>One number of all elements along some axes, the batch not among them. The axes stay with length 1 or are left out.</summary>
internal sealed class Reduce : Layer
{
    private static readonly (string?, Reduction)[] Words = [("sum", Reduction.Sum), ("mean", Reduction.Mean), ("max", Reduction.Maximum), ("min", Reduction.Minimum)];

    private readonly int[] axes;

    /// <summary>Creates the layer.</summary>
    /// <param name="reduction">What becomes of the elements.</param>
    /// <param name="axes">The axes, each 1 or more.</param>
    /// <param name="keepDimensions">Whether they stay with length 1.</param>
    public Reduce(Reduction reduction, int[] axes, bool keepDimensions)
    {
        foreach (int axis in axes) { ArgumentOutOfRangeException.ThrowIfLessThan(axis, 1, nameof(axes)); }
        (Reduction, this.axes, KeepDimensions) = (reduction, AxisNumbers.Required(axes, nameof(axes)), keepDimensions);
    }

    public Reduction Reduction { get; }

    public IReadOnlyList<int> Axes => axes;

    public bool KeepDimensions { get; }

    private protected override string? KerasModule => null;

    public override Shape OutputShape(Shape input)
    {
        int[] inside = AxisNumbers.Resolve(axes, input.Rank, this);
        int[] all = input.Axes.ToArray();
        return new Shape(KeepDimensions ? [.. all.Select((length, axis) => inside.Contains(axis) ? 1 : length)] : [.. all.Where((_, axis) => !inside.Contains(axis))]);
    }

    protected internal override void Forward(LayerCall call)
    {
        RowOrder order = call.Saved<RowOrder>();
        order.Prepare(call.Input, axes, this);
        ReadOnlySpan<float> x = order.Read(call, 0, call.Input).Span;
        for (int row = 0; row < order.Rows; row++) { call.Output.Span[row] = Of(x.Slice(row * order.Length, order.Length)); }
    }

    protected internal override void Backward(LayerCall call)
    {
        if (call.InputGradient is not { } dx) { return; }
        RowOrder order = call.Saved<RowOrder>();
        ReadOnlySpan<float> x = order.Read(call, 0, call.Input).Span;
        TensorBuffer rows = order.Target(call, 1, dx);
        for (int row = 0; row < order.Rows; row++)
        {
            Span<float> target = rows.Span.Slice(row * order.Length, order.Length);
            float dy = call.OutputGradient.Span[row];
            if (Reduction is Reduction.Sum or Reduction.Mean)
            {
                target.Fill(Reduction == Reduction.Sum ? dy : dy / order.Length);
                continue;
            }

            target.Clear();
            int chosen = x.Slice(row * order.Length, order.Length).IndexOf(call.Output.Span[row]);
            if (chosen >= 0) { target[chosen] = dy; }
        }

        order.Write(rows, dx);
    }

    private float Of(ReadOnlySpan<float> x) => Reduction switch
    {
        Reduction.Sum => RowOperations.Sum(x),
        Reduction.Mean => RowOperations.Sum(x) / x.Length,
        Reduction.Maximum => x.IsEmpty ? float.NegativeInfinity : TensorPrimitives.Max(x),
        _ => x.IsEmpty ? float.PositiveInfinity : TensorPrimitives.Min(x),
    };

    internal static Reduce ReadConfig(Configuration config) => new(config.Choice("reduction", Words), config.Int32s("axes"), config.Boolean("keepdims", false));

    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("reduction", Reduction, Words);
        config.Set("axes", axes);
        config.Set("keepdims", KeepDimensions);
    }
}
