namespace Engram.Layers;

/// <summary>
/// A cell, or a stack of cells, over a sequence. Cells that Engram has run as fast as their layers; a cell of one's own (see
/// <see cref="RnnCell"/>) runs step by step on the whole batch. Inputs and outputs: see <see cref="SequenceLayer"/>; the states are those of
/// the cell.
/// </summary>
public sealed class Rnn : SequenceLayer
{
    private SequenceLayer[] layers = [];

    /// <summary>Creates the layer.</summary>
    /// <param name="cell">What a step computes; it must not belong to another layer.</param>
    public Rnn(RnnCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        Cell = cell;
    }

    /// <summary>Creates the layer from a stack of cells.</summary>
    /// <param name="cells">The cells from the bottom up; see <see cref="StackedRnnCells"/>.</param>
    public Rnn(params IReadOnlyList<RnnCell> cells) : this(new StackedRnnCells(cells)) { }

    private Rnn(Configuration config) : base(config)
    {
        ActivityRegularizer = config.Regularizer("activity_regularizer");
        Cell = config.Has("cell") && config.Json["cell"] is System.Text.Json.Nodes.JsonArray
            ? new StackedRnnCells([.. config.Layers("cell").Select(AsCell)])
            : AsCell(config.Layer("cell") ?? throw new EngramException($"{config.Owner}: the option cell is missing; expected a cell."));
    }

    private Rnn(Rnn other) : base(other) => Cell = other.Cell.Copy();

    /// <inheritdoc/>
    public override string Kind => "RNN";

    /// <summary>What a step computes.</summary>
    public RnnCell Cell { get; }

    /// <inheritdoc/>
    public override int OutputWidth => Cell.OutputWidth;

    /// <inheritdoc/>
    public override IReadOnlyList<Layer> InnerLayers => [Cell];

    /// <inheritdoc/>
    public override IReadOnlyList<Weight> Weights => Cell.Weights;

    /// <inheritdoc/>
    public override bool Trainable
    {
        get => Cell.Trainable;
        set => Cell.Trainable = value;
    }

    /// <summary>The layers that run the cells one after the other, each over the whole sequence.</summary>
    internal IReadOnlyList<SequenceLayer> Layers => layers;

    private protected override int? BuiltFeatures => layers.Length == 0 ? null : builtFeatures;

    private int builtFeatures;

    private protected override int[] WidthsOfStates() => [.. Cell.StateWidths];

    internal override SequenceLayer Clone(SequenceOptions options) => new Rnn(this) { Options = options };

    /// <inheritdoc/>
    public override void ResetState()
    {
        foreach (SequenceLayer layer in layers) { layer.ResetState(); }
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        if (Cell.IsBuilt) { throw new EngramException($"{DisplayName}: the cell {Cell.DisplayName} belongs to another layer; give each its own."); }
        LayerNames.NameAll([Cell]);
        builtFeatures = inputs[0].Last;
        Cell.Build(Cell.StepShapes(Shape.Unknown, builtFeatures), InitializationKey.Derive(Cell.Name));
        LayerNames.Prefix(Cell);

        // Each cell reads what the one below it put out, so only the first reads the input backwards.
        RnnCell[] cells = [.. Cell.EachCell];
        layers = new SequenceLayer[cells.Length];
        for (int k = 0; k < cells.Length; k++)
        {
            bool last = k == cells.Length - 1;
            layers[k] = cells[k].OverSequences(new SequenceOptions(
                ReturnSequences: !last || ReturnSequences, ReturnState, GoBackwards: k == 0 && GoBackwards, Stateful,
                ZeroOutputForMask: last && ZeroOutputForMask));
            layers[k].Name = cells[k].Name;
        }
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        Passes passes = call.Saved<Passes>();
        passes.Prepare(call, layers, GoBackwards);
        TensorBuffer x = call.Input;
        int state = 1;
        for (int k = 0; k < layers.Length; k++)
        {
            LayerCall inner = passes.Calls[k];
            TensorBuffer[] inputs = passes.Inputs(k, call.Inputs.Count > 1);
            inputs[0] = x;
            for (int i = 1; i < inputs.Length; i++) { inputs[i] = call.Inputs[state + i - 1]; }
            inner.Forward(inputs);
            for (int i = 1; i < inner.Outputs.Count; i++) { call.Outputs[state + i - 1].CopyFrom(inner.Outputs[i].Span); }
            state += layers[k].StateCount;
            x = inner.Output;
        }

        call.Output.CopyFrom(x.Span);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        Passes passes = call.Saved<Passes>();
        TensorBuffer dy = call.OutputGradient;
        int state = 1 + StateCount;
        for (int k = layers.Length - 1; k >= 0; k--)
        {
            state -= layers[k].StateCount;
            LayerCall inner = passes.Calls[k];
            IReadOnlyList<TensorBuffer> cotangents = inner.PrepareOutputGradients();
            cotangents[0].CopyFrom(dy.Span);
            for (int i = 1; i < cotangents.Count; i++) { cotangents[i].CopyFrom(call.OutputGradients[state + i - 1].Span); }
            TensorBuffer?[] gradients = passes.Gradients(k, call.Inputs.Count > 1);
            for (int i = 1; i < gradients.Length; i++) { gradients[i] = call.InputGradients[state + i - 1]; }
            gradients[0] = k > 0 ? call.Scratch(k, inner.Input.Axes) : call.InputGradient;
            inner.Backward(gradients);
            if (k > 0) { dy = gradients[0]!; }
        }
    }

    internal static Rnn ReadConfig(Configuration config) => new(config);

    internal override IEnumerable<LayerCall> InnerCalls(LayerCall call) => call.Saved<Passes>().Calls;

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("cell", Cell);
    }

    internal static RnnCell AsCell(Layer layer) =>
        layer as RnnCell ?? throw new EngramException($"{layer.DisplayName} ({layer.Kind}) is no cell; expected one, for example LSTMCell.");

    // The calls of the layers, the lists of what goes into them, and the mask as those above the first see it.
    private sealed class Passes
    {
        private TensorBuffer[][] inputs = [];
        private TensorBuffer?[][] gradients = [];
        private Mask? reversed;

        public LayerCall[] Calls { get; private set; } = [];

        public void Prepare(LayerCall call, SequenceLayer[] layers, bool goBackwards)
        {
            if (Calls.Length == 0)
            {
                Calls = [.. layers.Select(layer => new LayerCall(layer))];
                inputs = new TensorBuffer[layers.Length][];
                gradients = new TensorBuffer?[layers.Length][];
            }

            Mask? turned = goBackwards && layers.Length > 1 && call.Mask is { } mask ? Reverse(mask) : call.Mask;
            for (int k = 0; k < Calls.Length; k++)
            {
                Calls[k].Training = call.Training;
                Calls[k].KeepForBackward = call.KeepForBackward;
                Calls[k].Recompute = call.Recompute;
                Calls[k].Random = call.Random.Derive(k);
                Calls[k].Mask = k == 0 ? call.Mask : turned;
            }
        }

        public TensorBuffer[] Inputs(int k, bool withStates) => Sized(ref inputs[k], k, withStates);

        public TensorBuffer?[] Gradients(int k, bool withStates) => Sized(ref gradients[k], k, withStates);

        private T[] Sized<T>(ref T[] list, int k, bool withStates)
        {
            int count = withStates ? 1 + ((SequenceLayer)Calls[k].Layer).StateCount : 1;
            if (list is null || list.Length != count) { list = new T[count]; }
            return list;
        }

        private Mask Reverse(Mask mask)
        {
            (reversed ??= new Mask(0, 0)).Resize(mask.Rows, mask.TimeSteps);
            mask.Span.CopyTo(reversed.Span);
            for (int row = 0; row < mask.Rows; row++) { reversed.Span.Slice(row * mask.TimeSteps, mask.TimeSteps).Reverse(); }
            return reversed;
        }
    }
}
