namespace Engram.Layers;

/// <summary>
/// What <see cref="Conv1D"/>, <see cref="Conv2D"/> and <see cref="Conv3D"/> share: every filter sees all channels of its group.
/// <code>
/// z[p, f] = b[f] + Σ over taps k and channels c of x[p stride + k dilation - before, c] W[k, c, f]   y = f(z)
/// dx[p stride + k dilation - before, c] = Σ dz[p, f] W[k, c, f]   dW[k, c, f] += Σ x[...] dz[p, f]   db += Σ dz
/// W: (taps..., channels / groups, filters)   b: (filters)
/// </code>
/// </summary>
public abstract unsafe class StandardConvolution : Convolution
{
    private Weight? kernel;

    private protected StandardConvolution(int axes, int filters, ReadOnlySpan<int> kernelSize) : base(axes, kernelSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        Filters = filters;
    }

    private protected StandardConvolution(Configuration config, int axes) : base(config, axes)
    {
        Filters = config.Int32("filters");
        ArgumentOutOfRangeException.ThrowIfLessThan(Filters, 1, "filters");
        Groups = config.Int32("groups", 1);
        KernelInitializer = config.Initializer("kernel_initializer", KernelInitializer);
        KernelRegularizer = config.Regularizer("kernel_regularizer");
        KernelConstraint = config.Constraint("kernel_constraint");
    }

    /// <summary>The number of filters: the length of the output's last axis.</summary>
    public int Filters { get; }

    /// <summary>
    /// Into how many groups channels and filters are split; a filter sees the channels of its group alone. Both numbers must be multiples
    /// of it. Default 1.
    /// </summary>
    /// <exception cref="ArgumentException">The number is below 1, or that of the filters is no multiple of it.</exception>
    public int Groups
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(Groups));
            field = Filters % value == 0 ? value : throw new ArgumentException($"{Filters} filters cannot be split into {value} groups.", nameof(Groups));
        }
    } = 1;

    /// <summary>Where the kernel's initial values come from. Default <see cref="Initializers.GlorotUniform"/>.</summary>
    public Initializer KernelInitializer { get; init => field = Required(value, nameof(KernelInitializer)); } = Initializers.GlorotUniform;

    /// <summary>A penalty on the kernel. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>What is enforced on the kernel after each update. Default nothing.</summary>
    public Constraint? KernelConstraint { get; init; }

    private protected override int? BuiltChannels => kernel?.Value[^2] * Groups;

    private protected override int OutputChannels(int channels) => channels % Groups == 0
        ? Filters
        : throw new EngramException($"{DisplayName}: {channels} channels cannot be split into {Groups} groups.");

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        int channels = KnownChannels(inputs[0]);
        kernel = AddWeight("kernel", [.. KernelSize, channels / Groups, Filters], KernelInitializer, KernelRegularizer, KernelConstraint);
        AddBias(Filters);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => call.Saved<State>().Product.Forward(Arrays(call));

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        State state = call.Saved<State>();
        ConvolutionArrays arrays = Arrays(call);
        arrays.DZ = PreActivationGradient(call, state.Activation, 0, 1, Filters);
        if (call.InputGradient is { } dx)
        {
            arrays.DX = dx.Pointer;
            state.Product.InputGradient(arrays);
        }

        arrays.DKernel = kernel!.Gradient.Pointer;
        arrays.DBias = Bias is null ? null : Bias.Gradient.Pointer;
        state.Product.WeightGradient(arrays);
    }

    private ConvolutionArrays Arrays(LayerCall call) => new()
    {
        Windows = WindowsOver(call.Input),
        Samples = call.Input[0],
        Channels = call.Input[^1],
        Filters = Filters,
        Groups = Groups,
        X = call.Input.Pointer,
        Kernel = kernel!.Value.Pointer,
        Bias = Bias is null ? null : Bias.Value.Pointer,
        Z = PreActivation(call, 0, Filters),
        Output = Output(call, Filters),
    };

    private sealed class State
    {
        public ConvolutionProduct Product { get; } = new();

        public ActivationGradient Activation { get; } = new();
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("filters", Filters);
        config.Set("groups", Groups);
        config.Set("kernel_initializer", KernelInitializer);
        config.Set("kernel_regularizer", KernelRegularizer);
        config.Set("kernel_constraint", KernelConstraint);
    }
}
