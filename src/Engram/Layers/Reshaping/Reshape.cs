namespace Engram.Layers;

/// <summary>Gives each sample other axes; the elements keep their order: (batch, ...) becomes (batch, target shape).</summary>
public sealed class Reshape : Layer
{
    private readonly int[] target;

    /// <summary>Creates the layer.</summary>
    /// <param name="targetShape">The axes of a sample, the batch axis left out: each 1 or more, one of them -1 for what remains.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is neither above 0 nor -1, or several are -1.</exception>
    public Reshape(params ReadOnlySpan<int> targetShape)
    {
        foreach (int length in targetShape)
        {
            if (length is < 1 and not -1) { throw new ArgumentOutOfRangeException(nameof(targetShape), length, "Each length must be 1 or more, or -1 for what remains."); }
        }

        if (targetShape.Count(-1) > 1) { throw new ArgumentOutOfRangeException(nameof(targetShape), Shape.Format(targetShape), "Only one length can be -1."); }
        target = targetShape.ToArray();
    }

    /// <summary>The axes of a sample, of which one may be -1 for what remains.</summary>
    public IReadOnlyList<int> TargetShape => target;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank < 1) { throw ShapeError("(batch, ...)", input); }
        int open = Array.IndexOf(target, -1);
        if (input.Axes[1..].Contains(Shape.Unknown)) { return new Shape([input[0], .. target]); } // -1 is Shape.Unknown
        int count = new Shape(input.Axes[1..]).Count;
        int given = 1;
        foreach (int length in target) { given = length == -1 ? given : checked(given * length); }
        if (open < 0 ? given != count : count % given != 0)
        {
            throw ShapeError($"a sample of {(open < 0 ? "" : "a multiple of ")}{given} elements for the target shape {Shape.Format(target)}", input);
        }

        var output = new Shape([input[0], .. target]);
        return open < 0 ? output : output.With(open + 1, count / given);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => call.Output.CopyFrom(call.Input.Span);

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call) => call.InputGradient?.CopyFrom(call.OutputGradient.Span);

    internal static Reshape ReadConfig(Configuration config) => new(config.Int32s("target_shape"));

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("target_shape", target);
    }
}
