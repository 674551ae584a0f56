namespace Engram.Layers;

/// <summary>
/// What one time step of a recurrent network computes; <see cref="Rnn"/> takes it through a sequence. A cell is a layer whose inputs are the
/// step's input (batch, features) and the states before the step, and whose outputs are the step's output (batch, width) and the states
/// after the step. A cell of one's own states its <see cref="StateWidths"/>, creates its weights in <see cref="Layer.OnBuild"/>, and computes a
/// step in <see cref="Layer.Forward"/> and its derivatives in <see cref="Layer.Backward"/>; what backward needs is kept in the
/// <see cref="LayerCall"/>, of which every step of a sequence has its own. <see cref="GradientCheck"/> takes the cell as it takes any layer.
/// </summary>
/// <remarks>
/// Padded steps are no business of a cell: it computes every row, and what it computed for a masked one is put aside.
/// <see cref="LayerCall.Random"/> is the same at every step of a batch, so a dropout mask drawn from it is too.
/// </remarks>
public abstract class RnnCell : Layer
{
    /// <summary>The width of each state.</summary>
    public abstract IReadOnlyList<int> StateWidths { get; }

    /// <summary>The width of the output; by default that of the first state.</summary>
    public virtual int OutputWidth => StateWidths[0];

    /// <inheritdoc/>
    public sealed override Shape OutputShape(Shape input) => input.Rank == 2 && input.Last != Shape.Unknown
        ? new Shape(input[0], OutputWidth)
        : throw ShapeError("(batch, features)", input);

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        Shape output = OutputShape(inputs[0]);
        Shape[] states = [.. StateWidths.Select(width => new Shape(inputs[0][0], width))];
        if (inputs.Count != 1 + states.Length)
        {
            throw new EngramException(
                $"{DisplayName}: a step takes its input and {states.Length} states, got {inputs.Count - 1} states.");
        }

        for (int k = 0; k < states.Length; k++)
        {
            if (!states[k].Accepts(inputs[k + 1].Axes)) { throw ShapeError($"a state of shape {states[k]}", inputs[k + 1]); }
        }

        return [output, .. states];
    }

    /// <summary>The shapes of a step's inputs: the input itself and each state.</summary>
    internal IReadOnlyList<Shape> StepShapes(int rows, int features) =>
        [new Shape(rows, features), .. StateWidths.Select(width => new Shape(rows, width))];

    /// <summary>The cell, which is built, as a layer over sequences; it has the cell's weights.</summary>
    internal virtual SequenceLayer OverSequences(SequenceOptions options) => new StepByStep(this) { Options = options };

    /// <summary>The cells that are run one after the other: this one, or those of a stack.</summary>
    internal virtual IEnumerable<RnnCell> EachCell => [this];

    /// <summary>A cell of the same options without weights.</summary>
    internal virtual RnnCell Copy() => (RnnCell)CopyUnbuilt();
}
