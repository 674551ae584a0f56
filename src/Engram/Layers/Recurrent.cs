using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// What <see cref="Lstm"/>, <see cref="Gru"/> and <see cref="SimpleRnn"/> share: the options of a layer of recurrent units and its pass
/// over a sequence. Inputs: the sequence (batch, time, features) and, optionally, the initial states (batch, units) each. Outputs: the last
/// step (batch, units) or all steps (batch, time, units) and, with <see cref="SequenceLayer.ReturnState"/>, the states (batch, units) each.
/// </summary>
public abstract unsafe class Recurrent : SequenceLayer, IStateCarrier, ITracedLayer
{
    private readonly float dropout;
    private readonly float recurrentDropout;
    private readonly string? weightPrefix;
    private readonly List<Weight> ownWeights = [];
    private Cell? cell;
    private TensorBuffer[]? carriedStates;
    private int carriedRows;

    private protected Recurrent(int units) => Units = AtLeastOne(units, nameof(units));

    /// <summary>Reads the options that all recurrent layers share.</summary>
    private protected Recurrent(Configuration config) : base(config)
    {
        Units = AtLeastOne(config.Int32("units"), "units");
        Activation = config.Activation("activation", Activation);
        UseBias = config.Boolean("use_bias", UseBias);
        KernelInitializer = config.Initializer("kernel_initializer", KernelInitializer);
        RecurrentInitializer = config.Initializer("recurrent_initializer", RecurrentInitializer);
        BiasInitializer = config.Initializer("bias_initializer", BiasInitializer);
        KernelRegularizer = config.Regularizer("kernel_regularizer");
        RecurrentRegularizer = config.Regularizer("recurrent_regularizer");
        BiasRegularizer = config.Regularizer("bias_regularizer");
        ActivityRegularizer = config.Regularizer("activity_regularizer");
        KernelConstraint = config.Constraint("kernel_constraint");
        RecurrentConstraint = config.Constraint("recurrent_constraint");
        BiasConstraint = config.Constraint("bias_constraint");
        Dropout = config.Single("dropout", Dropout);
        RecurrentDropout = config.Single("recurrent_dropout", RecurrentDropout);
    }

    /// <summary>Takes the options of a cell.</summary>
    private protected Recurrent(UnitCell cell, SequenceOptions options)
    {
        Options = options;
        Units = cell.Units;
        Activation = cell.Activation;
        UseBias = cell.UseBias;
        KernelInitializer = cell.KernelInitializer;
        RecurrentInitializer = cell.RecurrentInitializer;
        BiasInitializer = cell.BiasInitializer;
        KernelRegularizer = cell.KernelRegularizer;
        RecurrentRegularizer = cell.RecurrentRegularizer;
        BiasRegularizer = cell.BiasRegularizer;
        KernelConstraint = cell.KernelConstraint;
        RecurrentConstraint = cell.RecurrentConstraint;
        BiasConstraint = cell.BiasConstraint;
        dropout = cell.Dropout;
        recurrentDropout = cell.RecurrentDropout;
        weightPrefix = "";
    }

    private protected Recurrent(Recurrent other) : base(other)
    {
        Trainable = other.Trainable;
        Units = other.Units;
        Activation = other.Activation;
        UseBias = other.UseBias;
        KernelInitializer = other.KernelInitializer;
        RecurrentInitializer = other.RecurrentInitializer;
        BiasInitializer = other.BiasInitializer;
        KernelRegularizer = other.KernelRegularizer;
        RecurrentRegularizer = other.RecurrentRegularizer;
        BiasRegularizer = other.BiasRegularizer;
        KernelConstraint = other.KernelConstraint;
        RecurrentConstraint = other.RecurrentConstraint;
        BiasConstraint = other.BiasConstraint;
        dropout = other.dropout;
        recurrentDropout = other.recurrentDropout;
    }

    /// <summary>The number of units: the width of each state and of the output.</summary>
    public int Units { get; }

    /// <summary>The activation of the candidate and, in an LSTM, of the cell state on its way out. Default tanh.</summary>
    public ActivationFunction Activation { get; init; } = Activations.Tanh;

    /// <summary>Whether the layer has a bias. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>Where the kernel starts. Default Glorot uniform.</summary>
    public Initializer KernelInitializer { get; init; } = Initializers.GlorotUniform;

    /// <summary>Where the recurrent kernel starts. Default orthogonal.</summary>
    public Initializer RecurrentInitializer { get; init; } = Initializers.Orthogonal();

    /// <summary>Where the bias starts. Default zeros.</summary>
    public Initializer BiasInitializer { get; init; } = Initializers.Zeros;

    /// <summary>A penalty on the kernel, or null. Default null.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>A penalty on the recurrent kernel, or null. Default null.</summary>
    public Regularizer? RecurrentRegularizer { get; init; }

    /// <summary>A penalty on the bias, or null. Default null.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>What is enforced on the kernel after each update, or null. Default null.</summary>
    public Constraint? KernelConstraint { get; init; }

    /// <summary>What is enforced on the recurrent kernel after each update, or null. Default null.</summary>
    public Constraint? RecurrentConstraint { get; init; }

    /// <summary>What is enforced on the bias after each update, or null. Default null.</summary>
    public Constraint? BiasConstraint { get; init; }

    /// <summary>The share of inputs that is dropped in training, from 0 to below 1; one mask for all steps of a batch. Default 0.</summary>
    public float Dropout { get => dropout; init => dropout = Rate(value, nameof(Dropout)); }

    /// <summary>
    /// The share of the hidden state that each gate does not see in training, from 0 to below 1; one mask for each gate and for all
    /// steps of a batch (Gal and Ghahramani 2016). Default 0.
    /// </summary>
    public float RecurrentDropout { get => recurrentDropout; init => recurrentDropout = Rate(value, nameof(RecurrentDropout)); }

    /// <summary>The input kernel W, (features, gates x units).</summary>
    protected Weight? Kernel { get; private set; }

    /// <summary>The recurrent kernel U, (units, gates x units).</summary>
    protected Weight? RecurrentKernel { get; private set; }

    /// <summary>The bias b, or null without one.</summary>
    protected Weight? Bias { get; private set; }

    /// <inheritdoc/>
    public override void ResetState() => carriedStates = null;

    TensorBuffer[]? IStateCarrier.CarriedStates
    {
        get => carriedStates;
        set => (carriedStates, carriedRows) = (value, value is null ? 0 : value[0][0]);
    }

    string IStateCarrier.ExpectedStates => $"{StateCount} of shape (rows, {string.Join(" or ", StateWidths.Distinct())})";

    bool IStateCarrier.Accepts(TensorBuffer[] states) => StateCarriers.AreRows(states, StateWidths);

    bool ITracedLayer.ReadsBackward => GoBackwards;

    int ITracedLayer.TracedUnits(LayerCall call) => Units;

    IReadOnlyList<TracedArray> ITracedLayer.Trace(LayerCall call) => call.Saved<SequencePass>().Trace();

    /// <inheritdoc/>
    public override int OutputWidth => StateWidths[0];

    private protected override int? BuiltFeatures => Kernel?.Value[0];

    private protected override int[] WidthsOfStates()
    {
        Cell created = cell ?? CreateCell();
        return [created.HiddenWidth, .. Enumerable.Repeat(Units, created.StateCount - 1)];
    }

    /// <summary>The cell's formulas for this layer's options.</summary>
    internal abstract Cell CreateCell();

    /// <summary>The name that the cell has in Keras, which prefixes the weights' names.</summary>
    private protected abstract string CellName { get; }

    /// <summary>The shape of the bias.</summary>
    private protected abstract int[] BiasShape { get; }

    private protected virtual Initializer BiasStart => BiasInitializer;

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        cell = CreateCell();
        string prefix = weightPrefix ?? $"{CellName}/";
        int features = inputs[0].Last;
        int width = cell.KernelGates * Units;
        Kernel = AddWeight($"{prefix}kernel", [features, width], KernelInitializer, KernelRegularizer, KernelConstraint);
        RecurrentKernel = AddWeight(
            $"{prefix}recurrent_kernel", RecurrentShape(cell), RecurrentInitializer, RecurrentRegularizer, RecurrentConstraint);
        if (UseBias) { Bias = AddWeight($"{prefix}bias", BiasShape, BiasStart, BiasRegularizer, BiasConstraint); }
        if (CellAddsBias && Bias is not null)
        {
            ownWeights.Add(Bias);
            Bias = null;
        }

        foreach ((string name, int[] shape, Initializer initializer) in OwnWeightShapes)
        {
            ownWeights.Add(AddWeight(prefix + name, shape, initializer));
        }
    }

    /// <summary>What weights the cell has besides kernel, recurrent kernel and bias.</summary>
    private protected virtual IEnumerable<(string Name, int[] Shape, Initializer Initializer)> OwnWeightShapes => [];

    /// <summary>Whether the bias is the first of the cell's own weights, and not added to the product with the input.</summary>
    private protected virtual bool CellAddsBias => false;

    /// <summary>The shape of the recurrent kernel.</summary>
    private protected virtual int[] RecurrentShape(Cell cell) => [cell.HiddenWidth, cell.KernelGates * Units];

    /// <summary>The weights for sessions: kernel, recurrent kernel, bias and those of the cell's own.</summary>
    internal (Weight Kernel, Weight RecurrentKernel, Weight? Bias, IReadOnlyList<Weight> Own) Parts => (Kernel!, RecurrentKernel!, Bias, ownWeights);

    /// <summary>The same layer and the same weights, once more, with other options of the sequence.</summary>
    internal Recurrent WithSameWeights(SequenceOptions options)
    {
        var layer = (Recurrent)Clone(options);
        layer.UseWeightsOf(this);
        (layer.cell, layer.Kernel, layer.RecurrentKernel, layer.Bias) = (layer.CreateCell(), Kernel, RecurrentKernel, Bias);
        layer.ownWeights.AddRange(ownWeights);
        return layer;
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => PrepareForward(call).Run();

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        SequencePass pass = PrepareBackward(call);
        pass.Run();
        pass.AddWeightGradients();
    }

    /// <summary>The forward pass of a call, ready to run.</summary>
    internal SequencePass PrepareForward(LayerCall call)
    {
        SequenceArrays arrays = Arrays(call);
        if (Stateful) { CarryStates(call.Input[0], ref arrays); }
        SequencePass pass = call.Saved<SequencePass>();
        pass.PrepareForward(cell!, arrays);
        return pass;
    }

    /// <summary>The backward pass of a call, ready to run; then its weight gradients are to be added.</summary>
    internal SequencePass PrepareBackward(LayerCall call)
    {
        SequenceArrays arrays = Arrays(call);
        arrays.DOutput = call.OutputGradient.Pointer;
        if (ReturnState)
        {
            arrays.DFinalHidden = call.OutputGradients[1].Pointer;
            for (int k = 1; k < StateCount; k++) { arrays.DFinalCell[k - 1] = (nint)call.OutputGradients[k + 1].Pointer; }
        }

        arrays.DX = call.InputGradient is null ? null : call.InputGradient.Pointer;
        if (call.Inputs.Count > 1)
        {
            arrays.DInitialHidden = Pointer(call.InputGradients[1]);
            for (int k = 1; k < StateCount; k++) { arrays.DInitialCell[k - 1] = (nint)Pointer(call.InputGradients[k + 1]); }
        }

        arrays.DKernel = Kernel!.Gradient.Pointer;
        arrays.DRecurrentKernel = RecurrentKernel!.Gradient.Pointer;
        if (Bias is not null)
        {
            arrays.DBias = Bias.Gradient.Pointer;
            if (HasRecurrentBias) { arrays.DRecurrentBias = Bias.Gradient.Pointer + Kernel.Value[1]; }
        }

        SequencePass pass = call.Saved<SequencePass>();
        pass.PrepareBackward(arrays);
        return pass;
    }

    private bool HasRecurrentBias => Bias is not null && Bias.Value.Rank == 2;

    private static float* Pointer(TensorBuffer? buffer) => buffer is null ? null : buffer.Pointer;

    private SequenceArrays Arrays(LayerCall call)
    {
        TensorBuffer x = call.Input;
        var arrays = new SequenceArrays
        {
            Batch = x[0],
            TimeSteps = x[1],
            Features = x[2],
            X = x.Pointer,
            Mask = call.Mask,
            GoBackwards = GoBackwards,
            ReturnSequences = ReturnSequences,
            ZeroOutputForMask = ZeroOutputForMask,
            Keep = call.KeepForBackward || call.Training,
            Recompute = call.Recompute,
            Training = call.Training,
            OwnWeights = ownWeights.Count > 0 ? ownWeights : null,
            Dropout = call.Training ? Dropout : 0,
            RecurrentDropout = call.Training ? RecurrentDropout : 0,
            Random = call.Random,
            Kernel = Kernel!.Value.Pointer,
            RecurrentKernel = RecurrentKernel!.Value.Pointer,
            Output = call.Output.Pointer,
        };
        if (Bias is not null)
        {
            arrays.Bias = Bias.Value.Pointer;
            if (HasRecurrentBias) { arrays.RecurrentBias = Bias.Value.Pointer + Kernel.Value[1]; }
        }

        if (call.Inputs.Count > 1)
        {
            arrays.InitialHidden = call.Inputs[1].Pointer;
            for (int k = 1; k < StateCount; k++) { arrays.InitialCell[k - 1] = (nint)call.Inputs[k + 1].Pointer; }
        }

        if (ReturnState)
        {
            arrays.FinalHidden = call.Outputs[1].Pointer;
            for (int k = 1; k < StateCount; k++) { arrays.FinalCell[k - 1] = (nint)call.Outputs[k + 1].Pointer; }
        }

        return arrays;
    }

    // The states live with the layer, so that prediction continues where the last batch ended, whoever ran it.
    private void CarryStates(int rows, ref SequenceArrays arrays)
    {
        if (carriedStates is null)
        {
            carriedStates = new TensorBuffer[StateCount]; // no lambda: it would be allocated at every call
            for (int i = 0; i < StateCount; i++) { carriedStates[i] = new TensorBuffer(rows, StateWidths[i]); }
            carriedRows = rows;
        }

        if (carriedRows != rows)
        {
            throw new EngramException(
                $"{DisplayName}: is stateful and carries the states of {carriedRows} rows, but the batch has {rows}; use batches of one size or call ResetState() first.");
        }

        if (arrays.InitialHidden is null)
        {
            arrays.InitialHidden = carriedStates[0].Pointer;
            for (int k = 1; k < StateCount; k++) { arrays.InitialCell[k - 1] = (nint)carriedStates[k].Pointer; }
        }

        arrays.CarriedHidden = carriedStates[0].Pointer;
        for (int k = 1; k < StateCount; k++) { arrays.CarriedCell[k - 1] = (nint)carriedStates[k].Pointer; }
    }

    internal static float Rate(float value, string option) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(option, value, $"{option} is a share from 0 to below 1.");

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        WriteUnits(config);
        config.Set("activity_regularizer", ActivityRegularizer);
    }

    /// <summary>Writes the options that a layer of units shares with its cell.</summary>
    internal virtual void WriteUnits(Configuration config)
    {
        config.Set("units", Units);
        config.Set("activation", Activation);
        config.Set("use_bias", UseBias);
        config.Set("kernel_initializer", KernelInitializer);
        config.Set("recurrent_initializer", RecurrentInitializer);
        config.Set("bias_initializer", BiasInitializer);
        config.Set("kernel_regularizer", KernelRegularizer);
        config.Set("recurrent_regularizer", RecurrentRegularizer);
        config.Set("bias_regularizer", BiasRegularizer);
        config.Set("kernel_constraint", KernelConstraint);
        config.Set("recurrent_constraint", RecurrentConstraint);
        config.Set("bias_constraint", BiasConstraint);
        config.Set("dropout", Dropout);
        config.Set("recurrent_dropout", RecurrentDropout);
    }
}
