namespace Engram.Layers;

/// <summary>
/// What <see cref="SeparableConv1D"/> and <see cref="SeparableConv2D"/> share: a convolution of each channel by itself, then a product
/// across channels at each place (Chollet 2017, "Xception: deep learning with depthwise separable convolutions").
/// <code>
/// u[p, c m + j] = Σ over taps k of x[p stride + k dilation - before, c] D[k, c, j]   z[p] = b + u[p] W   y = f(z)
/// du = dz Wᵀ   dW += uᵀ dz   db += Σ dz   dx and dD from du as in <see cref="DepthwiseConvolution"/>
/// D: (taps..., channels, m)   W: (1..., channels m, filters)   b: (filters)
/// </code>
/// </summary>
public abstract unsafe class SeparableConvolution : Convolution
{
    private Weight? depthwiseKernel;
    private Weight? pointwiseKernel;

    private protected SeparableConvolution(int axes, int filters, ReadOnlySpan<int> kernelSize) : base(axes, kernelSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(filters, 1);
        Filters = filters;
    }

    private protected SeparableConvolution(Configuration config, int axes) : base(config, axes)
    {
        Filters = config.Int32("filters");
        ArgumentOutOfRangeException.ThrowIfLessThan(Filters, 1, "filters");
        DepthMultiplier = config.Int32("depth_multiplier", 1);
        DepthwiseInitializer = config.Initializer("depthwise_initializer", DepthwiseInitializer);
        PointwiseInitializer = config.Initializer("pointwise_initializer", PointwiseInitializer);
        DepthwiseRegularizer = config.Regularizer("depthwise_regularizer");
        PointwiseRegularizer = config.Regularizer("pointwise_regularizer");
        DepthwiseConstraint = config.Constraint("depthwise_constraint");
        PointwiseConstraint = config.Constraint("pointwise_constraint");
    }

    /// <summary>The number of filters: the length of the output's last axis.</summary>
    public int Filters { get; }

    /// <summary>The number m of filters of each channel in the first step. Default 1.</summary>
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

    /// <summary>Where the depthwise kernel's initial values come from. Default <see cref="Initializers.GlorotUniform"/>.</summary>
    public Initializer DepthwiseInitializer { get; init => field = Required(value, nameof(DepthwiseInitializer)); } = Initializers.GlorotUniform;

    /// <summary>Where the pointwise kernel's initial values come from. Default <see cref="Initializers.GlorotUniform"/>.</summary>
    public Initializer PointwiseInitializer { get; init => field = Required(value, nameof(PointwiseInitializer)); } = Initializers.GlorotUniform;

    /// <summary>A penalty on the depthwise kernel. Default none.</summary>
    public Regularizer? DepthwiseRegularizer { get; init; }

    /// <summary>A penalty on the pointwise kernel. Default none.</summary>
    public Regularizer? PointwiseRegularizer { get; init; }

    /// <summary>What is enforced on the depthwise kernel after each update. Default nothing.</summary>
    public Constraint? DepthwiseConstraint { get; init; }

    /// <summary>What is enforced on the pointwise kernel after each update. Default nothing.</summary>
    public Constraint? PointwiseConstraint { get; init; }

    private protected override int? BuiltChannels => depthwiseKernel?.Value[^2];

    private protected override int OutputChannels(int channels) => Filters;

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        int channels = KnownChannels(inputs[0]);
        depthwiseKernel = AddWeight(
            "depthwise_kernel", [.. KernelSize, channels, DepthMultiplier], DepthwiseInitializer, DepthwiseRegularizer, DepthwiseConstraint);
        pointwiseKernel = AddWeight(
            "pointwise_kernel", [.. KernelSize.Select(_ => 1), channels * DepthMultiplier, Filters],
            PointwiseInitializer, PointwiseRegularizer, PointwiseConstraint);
        AddBias(Filters);
    }

    /// <inheritdoc/>
    protected internal override void Forward(LayerCall call)
    {
        State state = call.Saved<State>();
        ConvolutionArrays depthwise = Depthwise(call);
        state.Depthwise.Forward(depthwise);
        state.Dense.Forward(Pointwise(call, depthwise));
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        State state = call.Saved<State>();
        ConvolutionArrays depthwise = Depthwise(call);
        depthwise.DZ = call.Scratch(2, depthwise.Rows, depthwise.Filters).Pointer;

        DenseArrays pointwise = Pointwise(call, depthwise);
        pointwise.DY = call.OutputGradient.Pointer;
        pointwise.DZ = Function is null ? pointwise.DY : call.Scratch(3, pointwise.Rows, Filters).Pointer;
        pointwise.DX = depthwise.DZ;
        pointwise.DKernel = pointwiseKernel!.Gradient.Pointer;
        pointwise.DBias = Bias is null ? null : Bias.Gradient.Pointer;
        state.Dense.Backward(pointwise);

        if (call.InputGradient is { } dx)
        {
            depthwise.DX = dx.Pointer;
            state.Depthwise.InputGradient(depthwise);
        }

        depthwise.DKernel = depthwiseKernel!.Gradient.Pointer;
        state.Depthwise.WeightGradient(depthwise);
    }

    private ConvolutionArrays Depthwise(LayerCall call)
    {
        int filters = call.Input[^1] * DepthMultiplier;
        var arrays = new ConvolutionArrays
        {
            Windows = WindowsOver(call.Input),
            Samples = call.Input[0],
            Channels = call.Input[^1],
            Filters = filters,
            X = call.Input.Pointer,
            Kernel = depthwiseKernel!.Value.Pointer,
        };
        arrays.Z = call.Scratch(1, arrays.Rows, filters).Pointer;
        return arrays;
    }

    private DenseArrays Pointwise(LayerCall call, in ConvolutionArrays depthwise) => new()
    {
        Rows = depthwise.Rows,
        Features = depthwise.Filters,
        Units = Filters,
        Outputs = call.Output[^1],
        Activation = Function,
        X = depthwise.Z,
        Kernel = pointwiseKernel!.Value.Pointer,
        Bias = Bias is null ? null : Bias.Value.Pointer,
        Z = PreActivation(call, 0, Filters),
        Y = call.Output.Pointer,
    };

    private sealed class State
    {
        public DepthwiseProduct Depthwise { get; } = new();

        public DenseProduct Dense { get; } = new();
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("filters", Filters);
        config.Set("depth_multiplier", DepthMultiplier);
        config.Set("depthwise_initializer", DepthwiseInitializer);
        config.Set("pointwise_initializer", PointwiseInitializer);
        config.Set("depthwise_regularizer", DepthwiseRegularizer);
        config.Set("pointwise_regularizer", PointwiseRegularizer);
        config.Set("depthwise_constraint", DepthwiseConstraint);
        config.Set("pointwise_constraint", PointwiseConstraint);
    }
}
