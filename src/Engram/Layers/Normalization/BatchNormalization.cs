namespace Engram.Layers;

/// <summary>
/// Brings each channel to mean 0 and variance 1 over the batch, then scales and shifts it (Ioffe and Szegedy 2015, "Batch normalization"):
/// <code>
/// y = γ (x - m) r + β   r = 1 / √(v + ε)
/// training:  m = Σ w x / n,  v = Σ w (x - m)² / n over all axes but the channels', w = 0 at padded steps and n = Σ w
///            moving = momentum moving + (1 - momentum) batch, for mean and variance
///            dx = γ r (dy - w / n (Σ dy + (x - m) r² Σ dy (x - m)))
/// otherwise: m and v are the moving averages, dx = γ r dy
/// dβ += Σ dy   dγ += r Σ dy (x - m)
/// </code>
/// Input and output have the same shape. A layer with <see cref="Layer.Trainable"/> false uses the moving averages in training too.
/// </summary>
public sealed class BatchNormalization : ScaledNormalization
{
    // What Keras adds to the number of steps of a masked batch.
    private const double MaskedCountOffset = 1e-7;

    private int[] axis = [-1];
    private Weight movingMean = null!;
    private Weight movingVariance = null!;

    /// <summary>Creates the layer.</summary>
    public BatchNormalization() { }

    private BatchNormalization(Configuration config) : base(config)
    {
        Axis = config.Int32("axis", -1);
        Momentum = config.Double("momentum", 0.99);
        MovingMeanInitializer = config.Initializer("moving_mean_initializer", Initializers.Zeros);
        MovingVarianceInitializer = config.Initializer("moving_variance_initializer", Initializers.Ones);
        config.Only("synchronized", "false");
        config.Only("renorm", "false");
        config.Only("renorm_clipping", "null");
    }

    /// <summary>The axis of the channels; a negative one counts from the end. Default the last.</summary>
    public int Axis { get => axis[0]; init => axis = [value]; }

    /// <summary>How much of a moving average each training batch leaves. Default 0.99.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside [0, 1].</exception>
    public double Momentum
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(Momentum), value, "The momentum must be between 0 and 1.");
    } = 0.99;

    /// <summary>Where the moving mean starts. Default <see cref="Initializers.Zeros"/>.</summary>
    public Initializer MovingMeanInitializer
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(MovingMeanInitializer));
    } = Initializers.Zeros;

    /// <summary>Where the moving variance starts. Default <see cref="Initializers.Ones"/>.</summary>
    public Initializer MovingVarianceInitializer
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(MovingVarianceInitializer));
    } = Initializers.Ones;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape input)
    {
        int channelAxis = AxisNumbers.Resolve(Axis, input.Rank, this);
        if (input[channelAxis] == Shape.Unknown) { throw ShapeError($"an input whose axis {channelAxis} has a known length", input); }
        if (IsBuilt && input[channelAxis] != movingMean.Value.Length)
        {
            throw ShapeError($"an input with {movingMean.Value.Length} channels on axis {channelAxis}", input);
        }

        return input;
    }

    /// <inheritdoc/>
    protected override void OnBuild(IReadOnlyList<Shape> inputs)
    {
        int channels = inputs[0][AxisNumbers.Resolve(Axis, inputs[0].Rank, this)];
        AddScaleAndOffset([channels], Scale, Center);
        movingMean = AddWeight("moving_mean", [channels], MovingMeanInitializer, trainable: false);
        movingVariance = AddWeight("moving_variance", [channels], MovingVarianceInitializer, trainable: false);
    }

    /// <inheritdoc/>
    /// <exception cref="EngramException">There is a mask, and the input is not (batch, time, channels).</exception>
    protected internal override void Forward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        state.Order.Prepare(call.Input, axis, this);
        int channels = state.Order.Length;
        state.PrepareChannels(channels);
        TensorBuffer x = state.Order.Read(call, 3, call.Input);
        TensorBuffer mean = call.Scratch(0, channels);
        TensorBuffer r = call.Scratch(1, channels);
        TensorBuffer variance = call.Scratch(2, channels);
        if (UsesBatch(call)) { TakeMoments(call, state, x, mean, variance); }
        else
        {
            movingMean.Value.Span.CopyTo(mean.Span);
            movingVariance.Value.Span.CopyTo(variance.Span);
        }

        TensorBuffer factor = call.Scratch(4, channels);
        for (int c = 0; c < channels; c++)
        {
            r.Span[c] = (float)(1 / Math.Sqrt(variance.Span[c] + Epsilon));
            factor.Span[c] = r.Span[c] * (Gamma?.Value.Span[c] ?? 1);
        }

        TensorBuffer y = state.Order.Target(call, 5, call.Output);
        state.Channels.Apply(x, mean, factor, Beta?.Value ?? state.Zeros, y);
        state.Order.Write(y, call.Output);
    }

    /// <inheritdoc/>
    protected internal override void Backward(LayerCall call)
    {
        NormalizationState state = call.Saved<NormalizationState>();
        int channels = state.Order.Length;
        TensorBuffer x = state.Order.Read(call, 3, call.Input);
        TensorBuffer mean = call.Scratch(0, channels);
        TensorBuffer r = call.Scratch(1, channels);
        TensorBuffer factor = call.Scratch(4, channels);
        TensorBuffer dy = state.Order.Read(call, 5, call.OutputGradient);
        state.Channels.GradientSums(dy, x, mean, state.Sum, state.Along);
        AddGradient(Beta, state.Sum);
        TensorBuffer offset = call.Scratch(6, channels);
        TensorBuffer slope = call.Scratch(7, channels);
        double share = UsesBatch(call) ? 1 / Count(call, state) : 0;
        for (int c = 0; c < channels; c++)
        {
            if (Gamma is not null) { Gamma.Gradient.Span[c] += (float)(r.Span[c] * state.Along[c]); }
            offset.Span[c] = (float)(factor.Span[c] * state.Sum[c] * share);
            slope.Span[c] = (float)(factor.Span[c] * r.Span[c] * r.Span[c] * state.Along[c] * share);
        }

        if (call.InputGradient is not { } dx) { return; }
        TensorBuffer rows = state.Order.Target(call, 8, dx);
        state.Channels.InputGradient(dy, x, mean, factor, offset, slope, UsesBatch(call) ? call.Mask : null, rows);
        state.Order.Write(rows, dx);
    }

    private bool UsesBatch(LayerCall call) => call.Training && Trainable;

    private void TakeMoments(LayerCall call, NormalizationState state, TensorBuffer x, TensorBuffer mean, TensorBuffer variance)
    {
        if (call.Mask is not null && (call.Input.Rank != 3 || AxisNumbers.Resolve(Axis, 3, this) != 2))
        {
            throw ShapeError("(batch, time, channels) with a mask", new Shape(call.Input.Axes));
        }

        double count = Count(call, state);
        state.Channels.Sum(x, call.Mask, state.Sum);
        for (int c = 0; c < mean.Length; c++) { mean.Span[c] = (float)(state.Sum[c] / count); }
        state.Channels.SquareSum(x, mean, call.Mask, state.Sum);
        for (int c = 0; c < mean.Length; c++) { variance.Span[c] = (float)(state.Sum[c] / count); }
        Move(movingMean, mean);
        Move(movingVariance, variance);
    }

    private static double Count(LayerCall call, NormalizationState state)
    {
        if (call.Mask is not { } mask) { return state.Order.Rows; }
        return mask.Span.Length - mask.Span.Count((byte)0) + MaskedCountOffset;
    }

    private void Move(Weight average, TensorBuffer batch)
    {
        Span<float> values = average.Value.Span;
        for (int c = 0; c < values.Length; c++) { values[c] = (float)((values[c] * Momentum) + (batch.Span[c] * (1 - Momentum))); }
    }

    internal static BatchNormalization ReadConfig(Configuration config) => new(config);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        base.WriteConfig(config);
        WriteScale(config);
        config.Set("axis", Axis);
        config.Set("momentum", Momentum);
        config.Set("moving_mean_initializer", MovingMeanInitializer);
        config.Set("moving_variance_initializer", MovingVarianceInitializer);
        config.Set("synchronized", false);
        config.Set("renorm", false);
        config.SetNull("renorm_clipping");
        config.Set("renorm_momentum", 0.99);
    }
}
