namespace Engram.Layers;

/// <summary>
/// What convolutions over one to three spatial axes share: windows that go over the input (batch, ..., channels), the function after the
/// product, and the bias. Of the spatial axes any may be unknown until data arrive.
/// </summary>
public abstract class Convolution : Layer
{
    private static readonly (string?, ConvolutionPadding)[] Words =
        [("valid", ConvolutionPadding.Valid), ("same", ConvolutionPadding.Same), ("causal", ConvolutionPadding.Causal)];

    private readonly int[] kernelSize;
    private int[] strides;
    private int[] dilationRate;
    private ConvolutionPadding padding;

    private protected Convolution(int axes, ReadOnlySpan<int> kernelSize)
    {
        this.kernelSize = SpatialLengths.OfAxes(kernelSize, axes, nameof(kernelSize));
        strides = SpatialLengths.OfAxes([1], axes, nameof(strides));
        dilationRate = strides;
    }

    private protected Convolution(Configuration config, int axes) : this(axes, config.Int32s("kernel_size"))
    {
        config.Only("data_format", "\"channels_last\"");
        if (config.Has("strides")) { Strides = config.Int32s("strides"); }
        if (config.Has("dilation_rate")) { DilationRate = config.Int32s("dilation_rate"); }
        Padding = config.Choice("padding", Words);
        Activation = config.Activation("activation");
        UseBias = config.Boolean("use_bias", true);
        BiasInitializer = config.Initializer("bias_initializer", BiasInitializer);
        BiasRegularizer = config.Regularizer("bias_regularizer");
        BiasConstraint = config.Constraint("bias_constraint");
        ActivityRegularizer = config.Regularizer("activity_regularizer");
    }

    /// <summary>The number of taps of a window along each axis.</summary>
    public IReadOnlyList<int> KernelSize => kernelSize;

    /// <summary>From one window to the next along each axis; one number stands for all axes. Default 1.</summary>
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

    /// <summary>From one tap of a window to the next along each axis; one number stands for all axes. Default 1.</summary>
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

    /// <summary>What a window sees beyond the edges. Default <see cref="ConvolutionPadding.Valid"/>.</summary>
    /// <exception cref="ArgumentException">The layer does not know this padding.</exception>
    public ConvolutionPadding Padding
    {
        get => padding;
        init => padding = value != ConvolutionPadding.Causal || MayBeCausal
            ? value
            : throw new ArgumentException($"{Kind} has no causal padding; only Conv1D has.", nameof(Padding));
    }

    /// <summary>The function applied to the output. Default: none (<see cref="Activations.Linear"/>).</summary>
    public ActivationFunction Activation { get; init => field = Required(value, nameof(Activation)); } = Activations.Linear;

    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>Where the bias' initial values come from. Default <see cref="Initializers.Zeros"/>.</summary>
    public Initializer BiasInitializer { get; init => field = Required(value, nameof(BiasInitializer)); } = Initializers.Zeros;

    /// <summary>A penalty on the bias. Default none.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>What is enforced on the bias after each update. Default nothing.</summary>
    public Constraint? BiasConstraint { get; init; }

    /// <summary>The bias b: (filters), or null without one.</summary>
    protected Weight? Bias { get; private set; }

    private protected virtual bool MayBeCausal => false;

    // The number of channels that the input must have once the layer is built.
    private protected abstract int? BuiltChannels { get; }

    // The length of z's last axis.
    private protected abstract int OutputChannels(int channels);

    // The length of an axis of the output, or Unknown.
    private protected virtual int OutputLength(int axis, int length) => Axis(axis).Windows(length);

    private protected WindowAxis Axis(int axis) => new(kernelSize[axis], strides[axis], dilationRate[axis], padding);

    private protected int Axes => kernelSize.Length;

    // Without an activation z is y, and dz is dy.
    private protected ActivationFunction? Function => Activation.Equals(Activations.Linear) ? null : Activation;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank != Axes + 2 || (BuiltChannels is { } channels && input.Last != channels)) { throw ShapeError(Expected(), input); }
        int filters = input.Last == Shape.Unknown ? Shape.Unknown : OutputChannels(input.Last);
        Shape output = input.With(^1, filters == Shape.Unknown ? filters : Activation.OutputLength(filters));
        for (int axis = 0; axis < Axes; axis++)
        {
            int length = OutputLength(axis, input[axis + 1]);
            if (length is < 1 and not Shape.Unknown)
            {
                throw ShapeError($"at least {Axis(axis).Extent} places along axis {axis + 1}, which is what a window covers", input);
            }

            output = output.With(axis + 1, length);
        }

        return output;
    }

    // The windows over a buffer (batch, ..., channels).
    private protected Windows WindowsOver(TensorBuffer input)
    {
        Span<WindowAxis> axes = stackalloc WindowAxis[Axes];
        for (int axis = 0; axis < axes.Length; axis++) { axes[axis] = Axis(axis); }
        return Windows.Over(axes, input.Axes[1..^1]);
    }

    private protected int KnownChannels(Shape input) => input.Last != Shape.Unknown
        ? input.Last
        : throw ShapeError($"{Expected()} with a known number of channels", input);

    private protected void AddBias(int filters) =>
        Bias = UseBias ? AddWeight("bias", [filters], BiasInitializer, BiasRegularizer, BiasConstraint) : null;

    // z is kept apart from y where the derivative needs it.
    private protected unsafe float* PreActivation(LayerCall call, int slot, int filters) =>
        Function is { } function && (function.DerivativeNeedsInput || function.OutputLength(filters) != filters)
            ? call.Scratch(slot, call.Output.Length / call.Output[^1], filters).Pointer
            : call.Output.Pointer;

    private protected unsafe ConvolutionOutput Output(LayerCall call, int filters) =>
        new() { Activation = Function, Filters = filters, Outputs = call.Output[^1], Y = call.Output.Pointer };

    // dz = f'(z) dy
    private protected unsafe float* PreActivationGradient(LayerCall call, ActivationGradient work, int zSlot, int slot, int filters)
    {
        if (Function is null) { return call.OutputGradient.Pointer; }
        int rows = call.Output.Length / call.Output[^1];
        float* dz = call.Scratch(slot, rows, filters).Pointer;
        work.Run(Output(call, filters), PreActivation(call, zSlot, filters), call.OutputGradient.Pointer, dz, rows);
        return dz;
    }

    private string Expected()
    {
        string places = Axes switch { 1 => "steps", 2 => "rows, columns", _ => "planes, rows, columns" };
        return $"(batch, {places}, channels{(BuiltChannels is { } channels ? $"={channels}" : "")})";
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("kernel_size", kernelSize);
        config.Set("strides", strides);
        config.Set("padding", padding, Words);
        config.Set("data_format", "channels_last");
        config.Set("dilation_rate", dilationRate);
        config.Set("activation", Activation);
        config.Set("use_bias", UseBias);
        config.Set("bias_initializer", BiasInitializer);
        config.Set("bias_regularizer", BiasRegularizer);
        config.Set("activity_regularizer", ActivityRegularizer);
        config.Set("bias_constraint", BiasConstraint);
    }
}
