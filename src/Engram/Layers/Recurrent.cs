using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// What <see cref="Lstm"/>, <see cref="Gru"/> and <see cref="SimpleRnn"/> share: the options of a layer of recurrent units and its pass
/// over a sequence. Inputs: the sequence (batch, time, features) and, optionally, the initial states (batch, units) each. Outputs: the last
/// step (batch, units) or all steps (batch, time, units) and, with <see cref="SequenceLayer.ReturnState"/>, the states (batch, units) each.
/// </summary>
public abstract unsafe class Recurrent : SequenceLayer, ITracedLayer
{
    private readonly RecurrentOptions units = new();
    private string? weightPrefix;
    private List<Weight> ownWeights = [];
    private Cell? cell;

    private protected Recurrent(int units) => Units = AtLeastOne(units, nameof(units));

    /// <summary>Reads the options that all recurrent layers share.</summary>
    private protected Recurrent(Configuration config) : base(config)
    {
        Units = AtLeastOne(config.Int32("units"), "units");
        units = RecurrentOptions.Read(config);
    }

    /// <summary>Takes the options of a cell.</summary>
    private protected Recurrent(UnitCell cell, SequenceOptions options)
    {
        Options = options;
        Units = cell.Units;
        units = cell.Options;
        weightPrefix = "";
    }

    /// <summary>The number of units: the width of each state and of the output.</summary>
    public int Units { get; }

    /// <summary>The activation of the candidate and, in an LSTM, of the cell state on its way out. Default tanh.</summary>
    public ActivationFunction Activation { get => units.Activation; init => units = units with { Activation = value }; }

    /// <summary>Whether the layer has a bias. Default true.</summary>
    public bool UseBias { get => units.UseBias; init => units = units with { UseBias = value }; }

    /// <summary>Where the kernel starts. Default Glorot uniform.</summary>
    public Initializer KernelInitializer { get => units.KernelInitializer; init => units = units with { KernelInitializer = value }; }

    /// <summary>Where the recurrent kernel starts. Default orthogonal.</summary>
    public Initializer RecurrentInitializer { get => units.RecurrentInitializer; init => units = units with { RecurrentInitializer = value }; }

    /// <summary>Where the bias starts. Default zeros.</summary>
    public Initializer BiasInitializer { get => units.BiasInitializer; init => units = units with { BiasInitializer = value }; }

    /// <summary>A penalty on the kernel, or null. Default null.</summary>
    public Regularizer? KernelRegularizer { get => units.KernelRegularizer; init => units = units with { KernelRegularizer = value }; }

    /// <summary>A penalty on the recurrent kernel, or null. Default null.</summary>
    public Regularizer? RecurrentRegularizer { get => units.RecurrentRegularizer; init => units = units with { RecurrentRegularizer = value }; }

    /// <summary>A penalty on the bias, or null. Default null.</summary>
    public Regularizer? BiasRegularizer { get => units.BiasRegularizer; init => units = units with { BiasRegularizer = value }; }

    /// <summary>What is enforced on the kernel after each update, or null. Default null.</summary>
    public Constraint? KernelConstraint { get => units.KernelConstraint; init => units = units with { KernelConstraint = value }; }

    /// <summary>What is enforced on the recurrent kernel after each update, or null. Default null.</summary>
    public Constraint? RecurrentConstraint { get => units.RecurrentConstraint; init => units = units with { RecurrentConstraint = value }; }

    /// <summary>What is enforced on the bias after each update, or null. Default null.</summary>
    public Constraint? BiasConstraint { get => units.BiasConstraint; init => units = units with { BiasConstraint = value }; }

    /// <summary>The share of inputs that is dropped in training, from 0 to below 1; one mask for all steps of a batch. Default 0.</summary>
    public float Dropout { get => units.Dropout; init => units = units with { Dropout = value }; }

    /// <summary>
    /// The share of the hidden state that each gate does not see in training, from 0 to below 1; one mask for each gate and for all
    /// steps of a batch (Gal and Ghahramani 2016). Default 0.
    /// </summary>
    public float RecurrentDropout { get => units.RecurrentDropout; init => units = units with { RecurrentDropout = value }; }

    /// <summary>The input kernel W, (features, gates x units).</summary>
    protected Weight? Kernel { get; private set; }

    /// <summary>The recurrent kernel U, (units, gates x units).</summary>
    protected Weight? RecurrentKernel { get; private set; }

    /// <summary>The bias b, or null without one.</summary>
    protected Weight? Bias { get; private set; }

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

    internal override SequenceLayer Clone(SequenceOptions options)
    {
        var copy = (Recurrent)base.Clone(options);
        copy.weightPrefix = null;
        copy.ownWeights = [];
        copy.cell = null;
        (copy.Kernel, copy.RecurrentKernel, copy.Bias) = (null, null, null);
        return copy;
    }

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
        if (Stateful) { Carry(CarryStates(call), ref arrays); }
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

    private void Carry(TensorBuffer[] states, ref SequenceArrays arrays)
    {
        if (arrays.InitialHidden is null)
        {
            arrays.InitialHidden = states[0].Pointer;
            for (int k = 1; k < StateCount; k++) { arrays.InitialCell[k - 1] = (nint)states[k].Pointer; }
        }

        arrays.CarriedHidden = states[0].Pointer;
        for (int k = 1; k < StateCount; k++) { arrays.CarriedCell[k - 1] = (nint)states[k].Pointer; }
    }

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
        units.Write(config);
    }
}
