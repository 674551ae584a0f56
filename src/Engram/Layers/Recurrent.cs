using Engram.Cells;

namespace Engram.Layers;

/// <summary>
/// What <see cref="Lstm"/>, <see cref="Gru"/> and <see cref="SimpleRnn"/> share: the options of a recurrent layer and its pass over a
/// sequence. Inputs: the sequence (batch, time, features) and, optionally, the initial states (batch, units) each. Outputs: the last
/// step (batch, units) or all steps (batch, time, units) and, with <see cref="ReturnState"/>, the states (batch, units) each.
/// </summary>
public abstract unsafe class Recurrent : Layer
{
    private readonly float dropout;
    private readonly float recurrentDropout;
    private Cell? cell;
    private TensorBuffer[]? carriedStates;
    private int carriedRows;

    private protected Recurrent(int units)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        Units = units;
    }

    /// <summary>Reads the options that all recurrent layers share.</summary>
    private protected Recurrent(Configuration config) : this(config.Int32("units"))
    {
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
        ReturnSequences = config.Boolean("return_sequences", ReturnSequences);
        ReturnState = config.Boolean("return_state", ReturnState);
        GoBackwards = config.Boolean("go_backwards", GoBackwards);
        Stateful = config.Boolean("stateful", Stateful);
        ZeroOutputForMask = config.Boolean("zero_output_for_mask", ZeroOutputForMask);
    }

    private protected Recurrent(Recurrent other)
    {
        Units = other.Units;
        Trainable = other.Trainable;
        Rest = other.Rest;
        Activation = other.Activation;
        UseBias = other.UseBias;
        KernelInitializer = other.KernelInitializer;
        RecurrentInitializer = other.RecurrentInitializer;
        BiasInitializer = other.BiasInitializer;
        KernelRegularizer = other.KernelRegularizer;
        RecurrentRegularizer = other.RecurrentRegularizer;
        BiasRegularizer = other.BiasRegularizer;
        ActivityRegularizer = other.ActivityRegularizer;
        KernelConstraint = other.KernelConstraint;
        RecurrentConstraint = other.RecurrentConstraint;
        BiasConstraint = other.BiasConstraint;
        dropout = other.dropout;
        recurrentDropout = other.recurrentDropout;
        ReturnSequences = other.ReturnSequences;
        ReturnState = other.ReturnState;
        GoBackwards = other.GoBackwards;
        Stateful = other.Stateful;
        ZeroOutputForMask = other.ZeroOutputForMask;
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

    /// <summary>Whether the output has every step instead of the last only. Default false.</summary>
    public bool ReturnSequences { get; init; }

    /// <summary>Whether the states after the last step are outputs too. Default false.</summary>
    public bool ReturnState { get; init; }

    /// <summary>
    /// Whether the sequence is read from its end; the output then begins with what came of the last step. Default false.
    /// </summary>
    public bool GoBackwards { get; init; }

    /// <summary>
    /// Whether the states after a batch are those before the next: row n continues row n. See <see cref="ResetState"/>. Default false.
    /// </summary>
    public bool Stateful { get; init; }

    /// <summary>Whether a masked step puts out zero instead of the output of the step before it. Default false.</summary>
    public bool ZeroOutputForMask { get; init; }

    /// <summary>How many states go from step to step: 2 for an LSTM (h and c), 1 for the others.</summary>
    public abstract int StateCount { get; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    /// <summary>The input kernel W, (features, gates x units).</summary>
    protected Weight? Kernel { get; private set; }

    /// <summary>The recurrent kernel U, (units, gates x units).</summary>
    protected Weight? RecurrentKernel { get; private set; }

    /// <summary>The bias b, or null without one.</summary>
    protected Weight? Bias { get; private set; }

    /// <summary>Forgets the states that a <see cref="Stateful"/> layer carries from batch to batch.</summary>
    public void ResetState() => carriedStates = null;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        string features = Kernel is null ? "features" : $"features={Kernel.Value[0]}";
        if (input.Rank != 3 || input.Last == Shape.Unknown || (Kernel is not null && input.Last != Kernel.Value[0]))
        {
            throw ShapeError($"(batch, time, {features})", input);
        }

        return input[1] == 0
            ? throw ShapeError("at least one time step", input)
            : ReturnSequences ? new Shape(input[0], input[1], Units) : new Shape(input[0], Units);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Shape> OutputShapes(IReadOnlyList<Shape> inputs)
    {
        Shape output = OutputShape(inputs[0]);
        if (inputs.Count != 1 && inputs.Count != 1 + StateCount)
        {
            throw new EngramException(
                $"{DisplayName}: expected the sequence and either no initial state or {StateCount}, got {inputs.Count - 1} initial states.");
        }

        var state = new Shape(inputs[0][0], Units);
        for (int i = 1; i < inputs.Count; i++)
        {
            if (!state.Accepts(inputs[i].Axes)) { throw ShapeError($"an initial state of shape {state}", inputs[i]); }
        }

        return ReturnState ? [output, .. Enumerable.Repeat(state, StateCount)] : [output];
    }

    /// <summary>The same options on a layer without weights.</summary>
    internal abstract Recurrent Clone(bool goBackwards, bool zeroOutputForMask);

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
        int features = inputs[0].Last;
        int width = cell.KernelGates * Units;
        Kernel = AddWeight($"{CellName}/kernel", [features, width], KernelInitializer, KernelRegularizer, KernelConstraint);
        RecurrentKernel = AddWeight(
            $"{CellName}/recurrent_kernel", [Units, width], RecurrentInitializer, RecurrentRegularizer, RecurrentConstraint);
        if (UseBias) { Bias = AddWeight($"{CellName}/bias", BiasShape, BiasStart, BiasRegularizer, BiasConstraint); }
    }

    /// <inheritdoc/>
    protected internal override Mask? OutputMask(LayerCall call, int output) => ReturnSequences && output == 0 ? call.Mask : null;

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
            if (StateCount == 2) { arrays.DFinalCell = call.OutputGradients[2].Pointer; }
        }

        arrays.DX = call.InputGradient is null ? null : call.InputGradient.Pointer;
        if (call.Inputs.Count > 1)
        {
            arrays.DInitialHidden = Pointer(call.InputGradients[1]);
            if (StateCount == 2) { arrays.DInitialCell = Pointer(call.InputGradients[2]); }
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
            if (StateCount == 2) { arrays.InitialCell = call.Inputs[2].Pointer; }
        }

        if (ReturnState)
        {
            arrays.FinalHidden = call.Outputs[1].Pointer;
            if (StateCount == 2) { arrays.FinalCell = call.Outputs[2].Pointer; }
        }

        return arrays;
    }

    // The states live with the layer, so that prediction continues where the last batch ended, whoever ran it.
    private void CarryStates(int rows, ref SequenceArrays arrays)
    {
        if (carriedStates is null)
        {
            carriedStates = new TensorBuffer[StateCount]; // no lambda: it would be allocated at every call
            for (int i = 0; i < StateCount; i++) { carriedStates[i] = new TensorBuffer(rows, Units); }
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
            if (StateCount == 2) { arrays.InitialCell = carriedStates[1].Pointer; }
        }

        arrays.CarriedHidden = carriedStates[0].Pointer;
        if (StateCount == 2) { arrays.CarriedCell = carriedStates[1].Pointer; }
    }

    private static float Rate(float value, string option) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(option, value, $"{option} is a share from 0 to below 1.");

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("return_sequences", ReturnSequences);
        config.Set("return_state", ReturnState);
        config.Set("go_backwards", GoBackwards);
        config.Set("stateful", Stateful);
        config.Set("unroll", false);
        config.Set("zero_output_for_mask", ZeroOutputForMask);
        config.Set("units", Units);
        config.Set("activation", Activation);
        config.Set("use_bias", UseBias);
        config.Set("kernel_initializer", KernelInitializer);
        config.Set("recurrent_initializer", RecurrentInitializer);
        config.Set("bias_initializer", BiasInitializer);
        config.Set("kernel_regularizer", KernelRegularizer);
        config.Set("recurrent_regularizer", RecurrentRegularizer);
        config.Set("bias_regularizer", BiasRegularizer);
        config.Set("activity_regularizer", ActivityRegularizer);
        config.Set("kernel_constraint", KernelConstraint);
        config.Set("recurrent_constraint", RecurrentConstraint);
        config.Set("bias_constraint", BiasConstraint);
        config.Set("dropout", Dropout);
        config.Set("recurrent_dropout", RecurrentDropout);
    }
}
