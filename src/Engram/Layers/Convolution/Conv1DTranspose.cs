namespace Engram.Layers;

/// <summary>
/// The transpose of <see cref="Conv1D"/>: (batch, steps, channels) becomes (batch, steps', filters), longer by the stride. Each input step
/// lays a window, weighted by the kernel, on the output; where windows overlap, they add up.
/// <code>
/// y[p stride + k dilation - before, f] = f(b[f] + Σ x[p, c] W[k, f, c])   W: (taps, filters, channels)   b: (filters)
/// steps' = same: steps stride; valid: (steps - 1) stride + max(extent, stride); or as <see cref="OutputPadding"/> says
/// </code>
/// </summary>
public sealed unsafe class Conv1DTranspose : Convolution
{
    private Weight? kernel;

    /// <summary>Creates the layer.</summary>
    /// <param name="filters">The number of filters, 1 or more.</param>
    /// <param name="kernelSize">The number of steps of a window, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public Conv1DTranspose(int filters, int kernelSize) : base(1, [kernelSize])
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        Filters = filters;
    }

    private Conv1DTranspose(Configuration config) : base(config, 1)
    {
        Filters = config.Int32("filters");
        ArgumentOutOfRangeException.ThrowIfLessThan(Filters, 1, "filters");
        if (config.Json["output_padding"] is not null) { OutputPadding = config.Int32s("output_padding") is [int padding] ? padding : throw new ArgumentException("output_padding has several numbers; expected one."); }
        else { config.Only("output_padding", "null"); }
        KernelInitializer = config.Initializer("kernel_initializer", KernelInitializer);
        KernelRegularizer = config.Regularizer("kernel_regularizer");
        KernelConstraint = config.Constraint("kernel_constraint");
    }

    /// <summary>The number of filters: the length of the output's last axis.</summary>
    public int Filters { get; }

    /// <summary>
    /// By how much the output is longer than (steps - 1) stride plus the window's extent (valid) or the remainder of the extent by two
    /// (same); 0 or more and below the stride. Default null: as long as stands above.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 0.</exception>
    public int? OutputPadding
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(OutputPadding), value, "The number of steps must be 0 or more.");
    }

    /// <summary>Where the kernel's initial values come from. Default <see cref="Initializers.GlorotUniform"/>.</summary>
    public Initializer KernelInitializer { get; init => field = Required(value, nameof(KernelInitializer)); } = Initializers.GlorotUniform;

    /// <summary>A penalty on the kernel. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>What is enforced on the kernel after each update. Default nothing.</summary>
    public Constraint? KernelConstraint { get; init; }

    private protected override int? BuiltChannels => kernel?.Value[2];

    private protected override int OutputChannels(int channels) => Filters;

    private protected override int OutputLength(int axis, int length)
    {
        if (OutputPadding >= Strides[0])
        {
            throw new EngramException($"{DisplayName}: the output padding {OutputPadding} must be below the stride {Strides[0]}.");
        }

        if (length == Shape.Unknown) { return length; }
        WindowAxis windows = Axis(0);
        return (Padding, OutputPadding) switch
        {
            (ConvolutionPadding.Valid, _) => ((length - 1) * windows.Stride) + windows.Extent + (OutputPadding ?? Math.Max(0, windows.Stride - windows.Extent)),
            (_, null) => length * windows.Stride,
            _ => ((length - 1) * windows.Stride) + (windows.Extent % 2) + OutputPadding.Value,
        };
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        kernel = AddWeight("kernel", [KernelSize[0], Filters, KnownChannels(inputs[0])], KernelInitializer, KernelRegularizer, KernelConstraint);
        AddBias(Filters);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        ConvolutionArrays arrays = Arrays(call);
        float* z = PreActivation(call, 0, Filters);
        arrays.DZ = call.Input.Pointer;
        arrays.DX = z;
        call.Saved<State>().Product.InputGradient(arrays);
        call.Saved<State>().Bias.Run(Output(call, Filters), Bias is null ? null : Bias.Value.Pointer, z, arrays.Samples * arrays.Windows.Places);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        State state = call.Saved<State>();
        ConvolutionArrays arrays = Arrays(call);
        arrays.X = PreActivationGradient(call, state.Activation, 0, 1, Filters); // dz
        if (call.InputGradient is { } dx)
        {
            arrays.Z = dx.Pointer;
            state.Product.Forward(arrays);
        }

        arrays.DZ = call.Input.Pointer;
        arrays.DKernel = kernel!.Gradient.Pointer;
        state.Product.WeightGradient(arrays);
        if (Bias is not null) { BiasActivation.AddGradient(arrays.X, Filters, arrays.Samples * arrays.Windows.Places, Bias.Gradient.Pointer); }
    }

    // The convolution of which this is the transpose: from the output to the input.
    private ConvolutionArrays Arrays(LayerCall call)
    {
        WindowAxis axis = Axis(0);
        int steps = call.Input[1];
        int length = call.Output[1];
        int before = Padding == ConvolutionPadding.Valid ? 0 : Math.Max(0, ((steps - 1) * axis.Stride) + axis.Extent - length) / 2;
        return new ConvolutionArrays
        {
            Windows = new Windows(PlacedAxis.None, PlacedAxis.None, new PlacedAxis(length, steps, axis.Size, axis.Stride, axis.Dilation, before)),
            Samples = call.Input[0],
            Channels = Filters,
            Filters = call.Input[2],
            Groups = 1,
            Kernel = kernel!.Value.Pointer,
        };
    }

    private sealed class State
    {
        public ConvolutionProduct Product { get; } = new();

        public BiasActivation Bias { get; } = new();

        public ActivationGradient Activation { get; } = new();
    }

    internal static Conv1DTranspose ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("filters", Filters);
        if (OutputPadding is { } padding) { config.Set("output_padding", [padding]); }
        else { config.SetNull("output_padding"); }
        config.Set("kernel_initializer", KernelInitializer);
        config.Set("kernel_regularizer", KernelRegularizer);
        config.Set("kernel_constraint", KernelConstraint);
    }
}
