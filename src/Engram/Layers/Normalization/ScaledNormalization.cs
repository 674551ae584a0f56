namespace Engram.Layers;

/// <summary>
/// What the normalisations share that end with a scale and an offset: y = γ x̂ + β, with dβ += Σ dy, dγ += Σ dy x̂.
/// </summary>
public abstract class ScaledNormalization : Layer
{
    private protected ScaledNormalization() { }

    private protected ScaledNormalization(Configuration config)
    {
        Epsilon = config.Double("epsilon", 1e-3);
        Center = config.Boolean("center", true);
        Scale = config.Boolean("scale", true);
        BetaInitializer = config.Initializer("beta_initializer", Initializers.Zeros);
        GammaInitializer = config.Initializer("gamma_initializer", Initializers.Ones);
        BetaRegularizer = config.Regularizer("beta_regularizer");
        GammaRegularizer = config.Regularizer("gamma_regularizer");
        BetaConstraint = config.Constraint("beta_constraint");
        GammaConstraint = config.Constraint("gamma_constraint");
    }

    /// <summary>What is added to the variance, against division by zero. Default 0.001.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public double Epsilon { get; init => field = NotNegative(value, nameof(Epsilon)); } = 1e-3;

    /// <summary>Whether an offset β is learnt. Default true.</summary>
    public bool Center { get; init; } = true;

    /// <summary>Whether a scale γ is learnt. Default true.</summary>
    public bool Scale { get; init; } = true;

    /// <summary>Where the initial offsets come from. Default <see cref="Initializers.Zeros"/>.</summary>
    public Initializer BetaInitializer { get; init => field = value ?? throw new ArgumentNullException(nameof(BetaInitializer)); } = Initializers.Zeros;

    /// <summary>Where the initial scales come from. Default <see cref="Initializers.Ones"/>.</summary>
    public Initializer GammaInitializer { get; init => field = value ?? throw new ArgumentNullException(nameof(GammaInitializer)); } = Initializers.Ones;

    /// <summary>A penalty on the offsets. Default none.</summary>
    public Regularizer? BetaRegularizer { get; init; }

    /// <summary>A penalty on the scales. Default none.</summary>
    public Regularizer? GammaRegularizer { get; init; }

    /// <summary>What is enforced on the offsets after each update. Default nothing.</summary>
    public Constraint? BetaConstraint { get; init; }

    /// <summary>What is enforced on the scales after each update. Default nothing.</summary>
    public Constraint? GammaConstraint { get; init; }

    /// <inheritdoc/>
    public override bool SupportsMasking => true;

    private protected Weight? Gamma { get; private set; }

    private protected Weight? Beta { get; private set; }

    private protected static double NotNegative(double value, string option) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(option, value, "The value must be 0 or more.");

    private protected void AddScaleAndOffset(ReadOnlySpan<int> shape, bool scale, bool center)
    {
        Gamma = scale ? AddWeight("gamma", shape, GammaInitializer, GammaRegularizer, GammaConstraint) : null;
        Beta = center ? AddWeight("beta", shape, BetaInitializer, BetaRegularizer, BetaConstraint) : null;
    }

    /// <summary>y = γ x̂ + β for rows of channels; y may be the memory of x̂.</summary>
    private protected void ApplyScale(NormalizationState state, TensorBuffer xHat, TensorBuffer y, int channels)
    {
        state.PrepareChannels(channels);
        if (Gamma is null && Beta is null && xHat == y) { return; }
        state.Channels.Apply(xHat, state.Zeros, Gamma?.Value ?? state.Ones, Beta?.Value ?? state.Zeros, y);
    }

    /// <summary>dβ += Σ dy, dγ += Σ dy x̂, and g = γ dy, which may be the memory of dy.</summary>
    private protected void BackwardScale(NormalizationState state, TensorBuffer dy, TensorBuffer xHat, TensorBuffer g, int channels)
    {
        state.PrepareChannels(channels);
        if (Gamma is not null || Beta is not null)
        {
            state.Channels.GradientSums(dy, xHat, state.Zeros, state.Sum, state.Along);
            AddGradient(Beta, state.Sum);
            AddGradient(Gamma, state.Along);
        }

        state.Channels.Apply(dy, state.Zeros, Gamma?.Value ?? state.Ones, state.Zeros, g);
    }

    private protected static void AddGradient(Weight? weight, ReadOnlySpan<double> sum)
    {
        if (weight is null) { return; }
        Span<float> gradient = weight.Gradient.Span;
        for (int i = 0; i < sum.Length; i++) { gradient[i] = (float)(gradient[i] + sum[i]); }
    }

    private protected void WriteScale(Configuration config)
    {
        config.Set("epsilon", Epsilon);
        config.Set("center", Center);
        config.Set("scale", Scale);
        config.Set("beta_initializer", BetaInitializer);
        config.Set("gamma_initializer", GammaInitializer);
        config.Set("beta_regularizer", BetaRegularizer);
        config.Set("gamma_regularizer", GammaRegularizer);
        config.Set("beta_constraint", BetaConstraint);
        config.Set("gamma_constraint", GammaConstraint);
    }
}

/// <summary>What a normalisation keeps with a call.</summary>
internal sealed class NormalizationState
{
    private double[] sum = [];
    private double[] along = [];

    public RowOrder Order { get; } = new();

    public RowNormalizer Rows { get; } = new();

    public ChannelWork Channels { get; } = new();

    public TensorBuffer Zeros { get; } = new(0);

    public TensorBuffer Ones { get; } = new(0);

    public Span<double> Sum => sum;

    public Span<double> Along => along;

    public void PrepareChannels(int count)
    {
        if (sum.Length == count) { return; }
        (sum, along) = (new double[count], new double[count]);
        Zeros.Resize(count);
        Zeros.Clear();
        Ones.Resize(count);
        Ones.Span.Fill(1);
    }
}
