namespace Engram.Layers;

/// <summary>
/// A fully connected layer over the last axis: y = f(x W + b). An input of any rank keeps its other axes, so on a sequence every step
/// goes through the same weights.
/// <code>
/// x: (batch, ..., features)   W: (features, units)   b: (units)   y: (batch, ..., units)
/// dz = f'(z) dy   dx = dz Wᵀ   dW += xᵀ dz   db += Σ dz
/// </code>
/// </summary>
public sealed class Dense : Layer
{
    private Weight kernel = null!;
    private Weight? bias;

    /// <summary>Creates the layer.</summary>
    /// <param name="units">The length of the output's last axis, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of units is below 1.</exception>
    public Dense(int units)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        Units = units;
    }

    /// <summary>The number of units: the length of the output's last axis.</summary>
    public int Units { get; }

    /// <summary>The function applied to the output. Default: none (<see cref="Activations.Linear"/>).</summary>
    public ActivationFunction Activation { get; init => field = Required(value, nameof(Activation)); } = Activations.Linear;

    /// <summary>Whether a bias is added. Default true.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>Where the kernel's initial values come from. Default <see cref="Initializers.GlorotUniform"/>.</summary>
    public Initializer KernelInitializer { get; init => field = Required(value, nameof(KernelInitializer)); } = Initializers.GlorotUniform;

    /// <summary>Where the bias' initial values come from. Default <see cref="Initializers.Zeros"/>.</summary>
    public Initializer BiasInitializer { get; init => field = Required(value, nameof(BiasInitializer)); } = Initializers.Zeros;

    /// <summary>A penalty on the kernel. Default none.</summary>
    public Regularizer? KernelRegularizer { get; init; }

    /// <summary>A penalty on the bias. Default none.</summary>
    public Regularizer? BiasRegularizer { get; init; }

    /// <summary>What is enforced on the kernel after each update. Default nothing.</summary>
    public Constraint? KernelConstraint { get; init; }

    /// <summary>What is enforced on the bias after each update. Default nothing.</summary>
    public Constraint? BiasConstraint { get; init; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    private int Outputs => Activation.OutputLength(Units);

    // Without an activation z is y, and dz is dy.
    private ActivationFunction? Function => Activation.Equals(Activations.Linear) ? null : Activation;

    private bool KeepsZ => Function is { } function && (function.DerivativeNeedsInput || Outputs != Units);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        if (input.Rank < 2) { throw ShapeError("(batch, ..., features)", input); }
        if (IsBuilt && input.Last != kernel.Value[0]) { throw ShapeError($"(batch, ..., features={kernel.Value[0]})", input); }
        return input.With(^1, Outputs);
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        if (inputs[0].Last == Shape.Unknown) { throw ShapeError("(batch, ..., features) with a known number of features", inputs[0]); }
        kernel = AddWeight("kernel", [inputs[0].Last, Units], KernelInitializer, KernelRegularizer, KernelConstraint);
        bias = UseBias ? AddWeight("bias", [Units], BiasInitializer, BiasRegularizer, BiasConstraint) : null;
    }

    /// <inheritdoc/>
    protected internal override unsafe void Forward(LayerCall call)
    {
        DenseArrays arrays = Arrays(call);
        call.Saved<DenseProduct>().Forward(arrays);
    }

    /// <inheritdoc/>
    protected internal override unsafe void Backward(LayerCall call)
    {
        DenseArrays arrays = Arrays(call);
        arrays.DY = call.OutputGradient.Pointer;
        arrays.DZ = Function is null ? arrays.DY : call.Scratch(1, arrays.Rows, Units).Pointer;
        arrays.DX = call.InputGradient is { } dx ? dx.Pointer : null;
        arrays.DKernel = kernel.Gradient.Pointer;
        arrays.DBias = bias is null ? null : bias.Gradient.Pointer;
        call.Saved<DenseProduct>().Backward(arrays);
    }

    private unsafe DenseArrays Arrays(LayerCall call)
    {
        int features = call.Input[^1];
        int rows = call.Output.Length / Outputs;
        float* y = call.Output.Pointer;
        return new DenseArrays
        {
            Rows = rows,
            Features = features,
            Units = Units,
            Outputs = Outputs,
            Activation = Function,
            X = call.Input.Pointer,
            Kernel = kernel.Value.Pointer,
            Bias = bias is null ? null : bias.Value.Pointer,
            Z = KeepsZ ? call.Scratch(0, rows, Units).Pointer : y,
            Y = y,
        };
    }

    internal static Dense ReadConfig(Configuration config) => new(config.Int32("units"))
    {
        Activation = config.Activation("activation"),
        UseBias = config.Boolean("use_bias", true),
        KernelInitializer = config.Initializer("kernel_initializer", Initializers.GlorotUniform),
        BiasInitializer = config.Initializer("bias_initializer", Initializers.Zeros),
        KernelRegularizer = config.Regularizer("kernel_regularizer"),
        BiasRegularizer = config.Regularizer("bias_regularizer"),
        ActivityRegularizer = config.Regularizer("activity_regularizer"),
        KernelConstraint = config.Constraint("kernel_constraint"),
        BiasConstraint = config.Constraint("bias_constraint"),
    };

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        config.Set("units", Units);
        config.Set("activation", Activation);
        config.Set("use_bias", UseBias);
        config.Set("kernel_initializer", KernelInitializer);
        config.Set("bias_initializer", BiasInitializer);
        config.Set("kernel_regularizer", KernelRegularizer);
        config.Set("bias_regularizer", BiasRegularizer);
        if (ActivityRegularizer is not null) { config.Set("activity_regularizer", ActivityRegularizer); }
        config.Set("kernel_constraint", KernelConstraint);
        config.Set("bias_constraint", BiasConstraint);
        config.SetNull("quantization_config");
    }
}
