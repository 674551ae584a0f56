namespace Engram.Layers;

/// <summary>
/// What <see cref="LstmCell"/>, <see cref="GruCell"/>, <see cref="SimpleRnnCell"/> and the cells that Keras lacks share: the options of a cell
/// of recurrent units, which are those of the layer of the same name (see <see cref="Recurrent"/>), and its step. Each state is (batch, units).
/// </summary>
public abstract class UnitCell : RnnCell
{
    private static readonly SequenceOptions OneStep = new(ReturnSequences: false, ReturnState: true, false, false, false);

    private readonly RecurrentOptions units = new();
    private int[]? stateWidths;
    private Recurrent? layer;

    private protected UnitCell(int units)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        Units = units;
    }

    private protected UnitCell(Configuration config) : this(config.Int32("units")) => units = RecurrentOptions.Read(config);

    /// <inheritdoc cref="Recurrent.Units"/>
    public int Units { get; }

    /// <inheritdoc cref="Recurrent.Activation"/>
    public ActivationFunction Activation { get => units.Activation; init => units = units with { Activation = value }; }

    /// <inheritdoc cref="Recurrent.UseBias"/>
    public bool UseBias { get => units.UseBias; init => units = units with { UseBias = value }; }

    /// <inheritdoc cref="Recurrent.KernelInitializer"/>
    public Initializer KernelInitializer { get => units.KernelInitializer; init => units = units with { KernelInitializer = value }; }

    /// <inheritdoc cref="Recurrent.RecurrentInitializer"/>
    public Initializer RecurrentInitializer { get => units.RecurrentInitializer; init => units = units with { RecurrentInitializer = value }; }

    /// <inheritdoc cref="Recurrent.BiasInitializer"/>
    public Initializer BiasInitializer { get => units.BiasInitializer; init => units = units with { BiasInitializer = value }; }

    /// <inheritdoc cref="Recurrent.KernelRegularizer"/>
    public Regularizer? KernelRegularizer { get => units.KernelRegularizer; init => units = units with { KernelRegularizer = value }; }

    /// <inheritdoc cref="Recurrent.RecurrentRegularizer"/>
    public Regularizer? RecurrentRegularizer { get => units.RecurrentRegularizer; init => units = units with { RecurrentRegularizer = value }; }

    /// <inheritdoc cref="Recurrent.BiasRegularizer"/>
    public Regularizer? BiasRegularizer { get => units.BiasRegularizer; init => units = units with { BiasRegularizer = value }; }

    /// <inheritdoc cref="Recurrent.KernelConstraint"/>
    public Constraint? KernelConstraint { get => units.KernelConstraint; init => units = units with { KernelConstraint = value }; }

    /// <inheritdoc cref="Recurrent.RecurrentConstraint"/>
    public Constraint? RecurrentConstraint { get => units.RecurrentConstraint; init => units = units with { RecurrentConstraint = value }; }

    /// <inheritdoc cref="Recurrent.BiasConstraint"/>
    public Constraint? BiasConstraint { get => units.BiasConstraint; init => units = units with { BiasConstraint = value }; }

    /// <inheritdoc cref="Recurrent.Dropout"/>
    public float Dropout { get => units.Dropout; init => units = units with { Dropout = value }; }

    /// <inheritdoc cref="Recurrent.RecurrentDropout"/>
    public float RecurrentDropout { get => units.RecurrentDropout; init => units = units with { RecurrentDropout = value }; }

    /// <summary>The options that the layer has too.</summary>
    internal RecurrentOptions Options => units;

    /// <inheritdoc/>
    public override IReadOnlyList<int> StateWidths => stateWidths ??= [.. (layer ?? CreateLayer(OneStep)).StateWidths];

    /// <inheritdoc/>
    public override IReadOnlyList<Weight> Weights => layer?.Weights ?? [];

    /// <summary>The layer of the same name and the same options, without weights.</summary>
    private protected abstract Recurrent CreateLayer(SequenceOptions options);

    internal override SequenceLayer OverSequences(SequenceOptions options) => layer!.WithSameWeights(options);

    internal override RnnCell Copy()
    {
        var copy = (UnitCell)base.Copy();
        copy.layer = null;
        return copy;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        layer = CreateLayer(OneStep);
        layer.Build([new Shape(inputs[0][0], 1, inputs[0].Last)], InitializationKey);
    }

    // A step by itself is a sequence of one step.
    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        Step step = call.Saved<Step>();
        step.Call ??= new LayerCall(layer!);
        step.Call.Training = call.Training;
        step.Call.KeepForBackward = call.KeepForBackward;
        step.Call.Random = call.Random;
        if (step.Inputs.Length != call.Inputs.Count) { step.Inputs = new TensorBuffer[call.Inputs.Count]; }
        step.X.View(call.Input, call.Input[0], 1, call.Input[1]);
        step.Inputs[0] = step.X;
        for (int i = 1; i < step.Inputs.Length; i++) { step.Inputs[i] = call.Inputs[i]; }
        step.Call.Forward(step.Inputs);
        for (int i = 0; i < call.Outputs.Count; i++) { call.Outputs[i].CopyFrom(step.Call.Outputs[i].Span); }
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        Step step = call.Saved<Step>();
        IReadOnlyList<TensorBuffer> cotangents = step.Call!.PrepareOutputGradients();
        for (int i = 0; i < cotangents.Count; i++) { cotangents[i].CopyFrom(call.OutputGradients[i].Span); }
        if (step.Gradients.Length != call.Inputs.Count) { step.Gradients = new TensorBuffer?[call.Inputs.Count]; }
        for (int i = 1; i < step.Gradients.Length; i++) { step.Gradients[i] = call.InputGradients[i]; }
        if (call.InputGradient is { } dx) { step.DX.View(dx, dx[0], 1, dx[1]); }
        step.Gradients[0] = call.InputGradient is null ? null : step.DX;
        step.Call.Backward(step.Gradients);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        CreateLayer(OneStep).WriteUnits(config);
    }

    private sealed class Step
    {
        public LayerCall? Call { get; set; }

        public TensorBuffer X { get; } = new(0);

        public TensorBuffer DX { get; } = new(0);

        public TensorBuffer[] Inputs { get; set; } = [];

        public TensorBuffer?[] Gradients { get; set; } = [];
    }
}
