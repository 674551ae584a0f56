namespace Engram.Layers;

/// <summary>
/// What <see cref="DepthwiseConv1D"/> and <see cref="DepthwiseConv2D"/> share: every channel has filters of its own, m of them.
/// <code>
/// z[p, c m + j] = b[c m + j] + Σ over taps k of x[p stride + k dilation - before, c] W[k, c, j]   y = f(z)
/// dx[p stride + k dilation - before, c] = Σ dz[p, c m + j] W[k, c, j]   dW[k, c, j] += Σ x[..., c] dz[p, c m + j]   db += Σ dz
/// W: (taps..., channels, m)   b: (channels m)
/// </code>
/// </summary>
public abstract unsafe class DepthwiseConvolution : Convolution
{
    private Weight? kernel;

    private protected DepthwiseConvolution(int axes, ReadOnlySpan<int> kernelSize) : base(axes, kernelSize) { }

    private protected DepthwiseConvolution(Configuration config, int axes) : base(config, axes)
    {
        DepthMultiplier = config.Int32("depth_multiplier", 1);
        DepthwiseInitializer = config.Initializer("depthwise_initializer", DepthwiseInitializer);
        DepthwiseRegularizer = config.Regularizer("depthwise_regularizer");
        DepthwiseConstraint = config.Constraint("depthwise_constraint");
    }

    /// <summary>The number m of filters of each channel. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
    public int DepthMultiplier
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(DepthMultiplier));
            field = value;
        }
    } = 1;

    /// <summary>Where the kernel's initial values come from. Default <see cref="Initializers.GlorotUniform"/>.</summary>
    public Initializer DepthwiseInitializer { get; init => field = Required(value, nameof(DepthwiseInitializer)); } = Initializers.GlorotUniform;

    /// <summary>A penalty on the kernel. Default none.</summary>
    public Regularizer? DepthwiseRegularizer { get; init; }

    /// <summary>What is enforced on the kernel after each update. Default nothing.</summary>
    public Constraint? DepthwiseConstraint { get; init; }

    private protected override int? BuiltChannels => kernel?.Value[^2];

    private protected override int OutputChannels(int channels) => channels * DepthMultiplier;

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        int channels = KnownChannels(inputs[0]);
        kernel = AddWeight("kernel", [.. KernelSize, channels, DepthMultiplier], DepthwiseInitializer, DepthwiseRegularizer, DepthwiseConstraint);
        AddBias(channels * DepthMultiplier);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call) => call.Saved<State>().Product.Forward(Arrays(call));

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        State state = call.Saved<State>();
        ConvolutionArrays arrays = Arrays(call);
        arrays.DZ = PreActivationGradient(call, state.Activation, 0, 1, arrays.Filters);
        if (call.InputGradient is { } dx)
        {
            arrays.DX = dx.Pointer;
            state.Product.InputGradient(arrays);
        }

        arrays.DKernel = kernel!.Gradient.Pointer;
        arrays.DBias = Bias is null ? null : Bias.Gradient.Pointer;
        state.Product.WeightGradient(arrays);
    }

    private ConvolutionArrays Arrays(LayerCall call)
    {
        int filters = call.Input[^1] * DepthMultiplier;
        return new ConvolutionArrays
        {
            Windows = WindowsOver(call.Input),
            Samples = call.Input[0],
            Channels = call.Input[^1],
            Filters = filters,
            X = call.Input.Pointer,
            Kernel = kernel!.Value.Pointer,
            Bias = Bias is null ? null : Bias.Value.Pointer,
            Z = PreActivation(call, 0, filters),
            Output = Output(call, filters),
        };
    }

    private sealed class State
    {
        public DepthwiseProduct Product { get; } = new();

        public ActivationGradient Activation { get; } = new();
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("depth_multiplier", DepthMultiplier);
        config.Set("depthwise_initializer", DepthwiseInitializer);
        config.Set("depthwise_regularizer", DepthwiseRegularizer);
        config.Set("depthwise_constraint", DepthwiseConstraint);
    }
}
