namespace Engram.Layers;

/// <summary>
/// Cells one on top of the other: the output of one is the input of the next. The states are those of the first cell, then those of the
/// second, and so on; the output is that of the last.
/// </summary>
public sealed class StackedRnnCells : RnnCell
{
    private Weight[] weights = [];

    /// <summary>Creates the stack.</summary>
    /// <param name="cells">The cells from the bottom up, at least one; each its own object.</param>
    /// <exception cref="ArgumentException">There is no cell, or one stands there twice.</exception>
    public StackedRnnCells(params IReadOnlyList<RnnCell> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        if (cells.Count == 0) { throw new ArgumentException("A stack needs at least one cell.", nameof(cells)); }
        if (cells.Distinct().Count() < cells.Count) { throw new ArgumentException("A cell stands in the stack twice.", nameof(cells)); }
        Cells = [.. cells];
    }

    /// <inheritdoc/>
    public override string Kind => "StackedRNNCells";

    /// <summary>The cells from the bottom up.</summary>
    public IReadOnlyList<RnnCell> Cells { get; private set; }

    /// <inheritdoc/>
    public override IReadOnlyList<int> StateWidths => [.. Cells.SelectMany(cell => cell.StateWidths)];

    /// <inheritdoc/>
    public override int OutputWidth => Cells[^1].OutputWidth;

    /// <inheritdoc/>
    public override IReadOnlyList<Layer> InnerLayers => Cells;

    /// <inheritdoc/>
    public override IReadOnlyList<Weight> Weights => weights;

    /// <inheritdoc/>
    public override bool Trainable
    {
        get => Cells.Any(cell => cell.Trainable);
        set
        {
            foreach (RnnCell cell in Cells) { cell.Trainable = value; }
        }
    }

    internal override IEnumerable<RnnCell> EachCell => Cells.SelectMany(cell => cell.EachCell);

    internal override RnnCell Copy()
    {
        var copy = (StackedRnnCells)base.Copy();
        copy.Cells = [.. Cells.Select(cell => cell.Copy())];
        copy.weights = [];
        return copy;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        LayerNames.NameAll(Cells);
        int features = inputs[0].Last;
        foreach (RnnCell cell in Cells)
        {
            cell.Build(cell.StepShapes(inputs[0][0], features), InitializationKey.Derive(cell.Name));
            LayerNames.Prefix(cell);
            features = cell.OutputWidth;
        }

        weights = [.. Cells.SelectMany(cell => cell.Weights)];
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        Stack stack = call.Saved<Stack>();
        stack.Prepare(call, Cells);
        TensorBuffer x = call.Input;
        int state = 1;
        for (int k = 0; k < Cells.Count; k++)
        {
            LayerCall inner = stack.Calls[k];
            TensorBuffer[] inputs = stack.Inputs[k];
            inputs[0] = x;
            for (int i = 1; i < inputs.Length; i++) { inputs[i] = call.Inputs[state + i - 1]; }
            inner.Forward(inputs);
            for (int i = 1; i < inputs.Length; i++) { call.Outputs[state++].CopyFrom(inner.Outputs[i].Span); }
            x = inner.Output;
        }

        call.Output.CopyFrom(x.Span);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        Stack stack = call.Saved<Stack>();
        TensorBuffer dy = call.OutputGradient;
        int state = call.Inputs.Count;
        for (int k = Cells.Count - 1; k >= 0; k--)
        {
            LayerCall inner = stack.Calls[k];
            IReadOnlyList<TensorBuffer> cotangents = inner.PrepareOutputGradients();
            cotangents[0].CopyFrom(dy.Span);
            TensorBuffer?[] gradients = stack.Gradients[k];
            state -= gradients.Length - 1;
            for (int i = 1; i < gradients.Length; i++)
            {
                cotangents[i].CopyFrom(call.OutputGradients[state + i - 1].Span);
                gradients[i] = call.InputGradients[state + i - 1];
            }

            gradients[0] = k > 0 ? call.Scratch(k, inner.Input.Axes) : call.InputGradient;
            inner.Backward(gradients);
            if (k > 0) { dy = gradients[0]!; }
        }
    }

    internal static StackedRnnCells ReadConfig(Configuration config) => new([.. config.Layers("cells").Select(Rnn.AsCell)]);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("cells", Cells);
    }

    // The calls of the cells, and the lists of what goes into them.
    private sealed class Stack
    {
        public LayerCall[] Calls { get; private set; } = [];

        public TensorBuffer[][] Inputs { get; private set; } = [];

        public TensorBuffer?[][] Gradients { get; private set; } = [];

        public void Prepare(LayerCall call, IReadOnlyList<RnnCell> cells)
        {
            if (Calls.Length == 0)
            {
                Calls = [.. cells.Select(cell => new LayerCall(cell))];
                Inputs = [.. cells.Select(cell => new TensorBuffer[1 + cell.StateWidths.Count])];
                Gradients = [.. cells.Select(cell => new TensorBuffer?[1 + cell.StateWidths.Count])];
            }

            for (int k = 0; k < Calls.Length; k++)
            {
                Calls[k].Training = call.Training;
                Calls[k].KeepForBackward = call.KeepForBackward;
                Calls[k].Random = call.Random.Derive(k);
            }
        }
    }
}
