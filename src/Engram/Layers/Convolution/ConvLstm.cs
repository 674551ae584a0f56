namespace Engram.Layers;

/// <summary>
/// An LSTM whose products are convolutions (Shi et al. 2015, "Convolutional LSTM network: a machine learning approach for precipitation
/// nowcasting", without peepholes), over one to three spatial axes. With * for a convolution (that of h with padding that keeps its size),
/// σ the recurrent activation, act the activation, and i, f, g, o the blocks of z in this order:
/// <code>
/// z = W * x + U * h' + b   i = σ(z_i)   f = σ(z_f)   g = act(z_c)   o = σ(z_o)   c = f c' + i g   h = o act(c)
/// do = dh act(c)   dc += dh o act'(c)   di = dc g   df = dc c'   dg = dc i   dc' = dc f   dh' = Uᵀ * dz
/// W: (taps..., channels, 4 filters)   U: (taps..., filters, 4 filters)   b: (4 filters)
/// </code>
/// Inputs: the sequence (batch, time, ..., channels) and, optionally, the initial states (batch, ...', filters) of h and c. Outputs: the last
/// step (batch, ...', filters) or all steps (batch, time, ...', filters) and, with <see cref="SequenceLayer.ReturnState"/>, h and c.
/// </summary>
public abstract unsafe partial class ConvLstm : SequenceLayer
{
    private const string CellName = "conv_lstm_cell";

    private static readonly (string?, ConvolutionPadding)[] Words = [("valid", ConvolutionPadding.Valid), ("same", ConvolutionPadding.Same)];

    private readonly int[] kernelSize;
    private int[] strides;
    private int[] dilationRate;
    private Weight? kernel;
    private Weight recurrentKernel = null!;
    private readonly RecurrentOptions units = new();
    private Weight? bias;

    private protected ConvLstm(int axes, int filters, ReadOnlySpan<int> kernelSize)
    {
        Filters = AtLeastOne(filters, nameof(filters));
        this.kernelSize = SpatialLengths.OfAxes(kernelSize, axes, nameof(kernelSize));
        strides = SpatialLengths.OfAxes([1], axes, nameof(strides));
        dilationRate = strides;
    }

    private protected ConvLstm(Configuration config, int axes) : base(config)
    {
        Filters = AtLeastOne(config.Int32("filters"), "filters");
        kernelSize = SpatialLengths.OfAxes(config.Int32s("kernel_size"), axes, "kernel_size");
        strides = SpatialLengths.OfAxes([1], axes, "strides");
        dilationRate = strides;
        config.Only("data_format", "\"channels_last\"");
        if (config.Has("strides")) { Strides = config.Int32s("strides"); }
        if (config.Has("dilation_rate")) { DilationRate = config.Int32s("dilation_rate"); }
        Padding = config.Choice("padding", Words);
        units = RecurrentOptions.Read(config);
        Activation = units.Activation;
        RecurrentActivation = config.Activation("recurrent_activation", RecurrentActivation);
        UnitForgetBias = config.Boolean("unit_forget_bias", UnitForgetBias);
    }

    /// <inheritdoc/>
    public override string Kind => $"ConvLSTM{kernelSize.Length}D";

    /// <summary>The number of filters: the length of the last axis of each state and of the output.</summary>
    public int Filters { get; }

    /// <summary>The number of taps of a window along each axis, on the input and on the hidden state.</summary>
    public IReadOnlyList<int> KernelSize => kernelSize;

    /// <summary>From one window to the next along each axis of the input; one number stands for all axes. Default 1.</summary>
    /// <exception cref="ArgumentException">
    /// A stride is below 1, there is neither one nor one for each axis, or strides and dilation rates are both above 1.
    /// </exception>
    public IReadOnlyList<int> Strides
    {
        get => strides;
        init
        {
            strides = SpatialLengths.OfAxes(value, kernelSize.Length, nameof(Strides));
            SpatialLengths.NotBoth(strides, dilationRate);
        }
    }

    /// <summary>From one tap of a window on the input to the next along each axis; one number stands for all axes. Default 1.</summary>
    /// <exception cref="ArgumentException">
    /// A rate is below 1, there is neither one nor one for each axis, or strides and dilation rates are both above 1.
    /// </exception>
    public IReadOnlyList<int> DilationRate
    {
        get => dilationRate;
        init
        {
            dilationRate = SpatialLengths.OfAxes(value, kernelSize.Length, nameof(DilationRate));
            SpatialLengths.NotBoth(strides, dilationRate);
        }
    }

    /// <summary>What a window sees beyond the edges of the input. Default <see cref="ConvolutionPadding.Valid"/>.</summary>
    /// <exception cref="ArgumentException">The padding is <see cref="ConvolutionPadding.Causal"/>.</exception>
    public ConvolutionPadding Padding
    {
        get;
        init => field = value != ConvolutionPadding.Causal
            ? value
            : throw new ArgumentException($"{Kind} has no causal padding; only Conv1D has.", nameof(Padding));
    }

    /// <summary>The activation of the candidate and of the cell state on its way out. Default tanh.</summary>
    public ActivationFunction Activation
    {
        get => units.Activation;
        init => units = units with { Activation = OfOneLength(value, nameof(Activation)) };
    }

    /// <summary>The activation of the input, forget and output gates. Default sigmoid.</summary>
    public ActivationFunction RecurrentActivation { get; init => field = OfOneLength(value, nameof(RecurrentActivation)); } = Activations.Sigmoid;

    /// <summary>Whether the layer has a bias. Default true.</summary>
    public bool UseBias { get => units.UseBias; init => units = units with { UseBias = value }; }

    /// <summary>Whether the forget gate's bias starts at one (Jozefowicz et al. 2015). Default true.</summary>
    public bool UnitForgetBias { get; init; } = true;

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
    /// <exception cref="ArgumentOutOfRangeException">The share is outside [0, 1).</exception>
    public float Dropout { get => units.Dropout; init => units = units with { Dropout = value }; }

    /// <summary>The share of the hidden state that is dropped in training, from 0 to below 1; one mask for all steps of a batch. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside [0, 1).</exception>
    public float RecurrentDropout { get => units.RecurrentDropout; init => units = units with { RecurrentDropout = value }; }

    /// <inheritdoc/>
    public override int OutputWidth => Filters;

    private protected override int? BuiltFeatures => kernel?.Value[^2];

    private protected override int[] WidthsOfStates() => [Filters, Filters];

    private protected override Shape[] StateShapes(Shape input) => [State(input), State(input)];

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        Shape state = State(input);
        return ReturnSequences ? new Shape([input[0], input[1], .. state.Axes[1..]]) : state;
    }

    internal override SequenceLayer Clone(SequenceOptions options)
    {
        var copy = (ConvLstm)base.Clone(options);
        (copy.kernel, copy.recurrentKernel, copy.bias) = (null, null!, null);
        return copy;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        if (inputs[0].Last == Shape.Unknown) { throw ShapeError($"{Expected} with a known number of channels", inputs[0]); }
        int width = 4 * Filters;
        kernel = AddWeight($"{CellName}/kernel", [.. kernelSize, inputs[0].Last, width], KernelInitializer, KernelRegularizer, KernelConstraint);
        recurrentKernel = AddWeight(
            $"{CellName}/recurrent_kernel", [.. kernelSize, Filters, width], RecurrentInitializer, RecurrentRegularizer, RecurrentConstraint);
        if (!UseBias) { return; }
        Initializer start = UnitForgetBias ? new ForgetBiasInitializer(BiasInitializer, Filters) : BiasInitializer;
        bias = AddWeight($"{CellName}/bias", [width], start, BiasRegularizer, BiasConstraint);
    }

    private string Expected
    {
        get
        {
            string places = kernelSize.Length switch { 1 => "places", 2 => "rows, columns", _ => "planes, rows, columns" };
            return $"(batch, time, {places}, channels{(BuiltFeatures is { } built ? $"={built}" : "")})";
        }
    }

    // The shape of a state for an input's.
    private Shape State(Shape input)
    {
        int axes = kernelSize.Length;
        if (input.Rank != axes + 3 || (BuiltFeatures is { } built && input.Last != built)) { throw ShapeError(Expected, input); }
        if (input[1] == 0) { throw ShapeError("at least one time step", input); }
        Span<int> state = stackalloc int[axes + 2];
        state[0] = input[0];
        state[^1] = Filters;
        for (int axis = 0; axis < axes; axis++)
        {
            WindowAxis windows = Axis(axis);
            state[axis + 1] = windows.Windows(input[axis + 2]);
            if (state[axis + 1] is < 1 and not Shape.Unknown)
            {
                throw ShapeError($"at least {windows.Extent} places along axis {axis + 2}, which is what a window covers", input);
            }
        }

        return new Shape(state);
    }

    private WindowAxis Axis(int axis) => new(kernelSize[axis], strides[axis], dilationRate[axis], Padding);

    private static ActivationFunction OfOneLength(ActivationFunction? function, string option)
    {
        ArgumentNullException.ThrowIfNull(function, option);
        return function.OutputLength(2) == 2
            ? function
            : throw new ArgumentException($"{function.Name} changes the number of filters and cannot stand within a cell.", option);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("filters", Filters);
        config.Set("kernel_size", kernelSize);
        config.Set("strides", strides);
        config.Set("padding", Padding, Words);
        config.Set("data_format", "channels_last");
        config.Set("dilation_rate", dilationRate);
        units.Write(config);
        config.Set("recurrent_activation", RecurrentActivation);
        config.Set("unit_forget_bias", UnitForgetBias);
        config.Set("activity_regularizer", ActivityRegularizer);
        config.SetNull("seed");
    }
}
