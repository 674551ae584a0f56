namespace Engram.Layers;

/// <summary>What a weight's variance is divided by.</summary>
public enum FanMode
{
    /// <summary>The number of inputs that an output sums over.</summary>
    FanIn,

    /// <summary>The number of outputs that an input reaches.</summary>
    FanOut,

    /// <summary>The mean of the two.</summary>
    FanAverage,
}

/// <summary>The distribution that <see cref="VarianceScalingInitializer"/> draws from.</summary>
public enum WeightDistribution
{
    /// <summary>Normal, cut off at two standard deviations and widened so that the variance is as asked.</summary>
    TruncatedNormal,

    /// <summary>Normal.</summary>
    UntruncatedNormal,

    /// <summary>Uniform.</summary>
    Uniform,
}

/// <summary>
/// Draws values of mean 0 and variance scale / fan, so that the size of signals stays the same from layer to layer. Glorot and
/// Bengio 2010 ("Understanding the difficulty of training deep feedforward neural networks"): scale 1, the average of the fans; He et
/// al. 2015 ("Delving deep into rectifiers"): scale 2, fan in; LeCun et al. 1998 ("Efficient backprop"): scale 1, fan in.
/// </summary>
public sealed class VarianceScalingInitializer : Initializer
{
    // The standard deviation of a standard normal number that is drawn again while it is outside [-2, 2].
    private const double TruncatedDeviation = 0.87962566103423978;

    internal VarianceScalingInitializer(string name, double scale, FanMode mode, WeightDistribution distribution)
    {
        Name = name;
        Scale = scale > 0 ? scale : throw new ArgumentOutOfRangeException(nameof(scale), scale, "The scale must be above 0.");
        Mode = mode;
        Distribution = distribution;
    }

    /// <summary>Creates the initializer.</summary>
    /// <param name="scale">The variance times the fan, above 0.</param>
    /// <param name="mode">What the variance is divided by.</param>
    /// <param name="distribution">The distribution that is drawn from.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not above 0.</exception>
    public VarianceScalingInitializer(
        double scale = 1, FanMode mode = FanMode.FanIn, WeightDistribution distribution = WeightDistribution.TruncatedNormal)
        : this("VarianceScaling", scale, mode, distribution) { }

    /// <summary>The name as Keras writes it: <c>VarianceScaling</c>, or that of the special case, for example <c>GlorotUniform</c>.</summary>
    public override string Name { get; }

    /// <summary>The variance times the fan.</summary>
    public double Scale { get; }

    /// <summary>What the variance is divided by.</summary>
    public FanMode Mode { get; }

    /// <summary>The distribution that is drawn from.</summary>
    public WeightDistribution Distribution { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key)
    {
        (double fanIn, double fanOut) = Fans(shape);
        double fan = Mode switch
        {
            FanMode.FanIn => fanIn,
            FanMode.FanOut => fanOut,
            _ => (fanIn + fanOut) / 2,
        };
        double variance = Scale / Math.Max(1, fan);
        switch (Distribution)
        {
            case WeightDistribution.Uniform:
                double limit = Math.Sqrt(3 * variance);
                RandomUniformInitializer.FillUniform(values, -limit, limit, key);
                break;
            case WeightDistribution.UntruncatedNormal:
                RandomNormalInitializer.FillNormal(values, 0, Math.Sqrt(variance), key);
                break;
            default:
                TruncatedNormalInitializer.FillTruncatedNormal(values, 0, Math.Sqrt(variance) / TruncatedDeviation, key);
                break;
        }
    }

    /// <summary>
    /// The fans of a weight as Keras counts them: of a matrix (in, out) its two axes, of a convolution's kernel (..., in, out) these
    /// times the size of the receptive field, of a vector its length twice.
    /// </summary>
    internal static (double FanIn, double FanOut) Fans(ReadOnlySpan<int> shape)
    {
        if (shape.Length == 0) { return (1, 1); }
        if (shape.Length == 1) { return (shape[0], shape[0]); }
        double receptiveField = 1;
        foreach (int axis in shape[..^2]) { receptiveField *= axis; }
        return (receptiveField * shape[^2], receptiveField * shape[^1]);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.SetNull("seed");
        config.SetNull("input_axes");
        config.SetNull("output_axes");
        if (Name != "VarianceScaling") { return; }
        config.Set("scale", Scale);
        config.Set("mode", Mode, InitializerTypes.FanModes);
        config.Set("distribution", Distribution, InitializerTypes.Distributions);
    }
}
