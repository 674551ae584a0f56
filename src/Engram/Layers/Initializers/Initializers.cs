namespace Engram.Layers;

/// <summary>The initializers that Keras has, with its defaults.</summary>
public static class Initializers
{
    /// <summary>Every element 0.</summary>
    public static Initializer Zeros { get; } = new ConstantInitializer("Zeros", 0);

    /// <summary>Every element 1.</summary>
    public static Initializer Ones { get; } = new ConstantInitializer("Ones", 1);

    /// <summary>Uniform within ±sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010). The default of kernels.</summary>
    public static Initializer GlorotUniform { get; } =
        new VarianceScalingInitializer("GlorotUniform", 1, FanMode.FanAverage, WeightDistribution.Uniform);

    /// <summary>Truncated normal of variance 2 / (fan in + fan out) (Glorot and Bengio 2010).</summary>
    public static Initializer GlorotNormal { get; } =
        new VarianceScalingInitializer("GlorotNormal", 1, FanMode.FanAverage, WeightDistribution.TruncatedNormal);

    /// <summary>Uniform within ±sqrt(6 / fan in) (He et al. 2015).</summary>
    public static Initializer HeUniform { get; } =
        new VarianceScalingInitializer("HeUniform", 2, FanMode.FanIn, WeightDistribution.Uniform);

    /// <summary>Truncated normal of variance 2 / fan in (He et al. 2015).</summary>
    public static Initializer HeNormal { get; } =
        new VarianceScalingInitializer("HeNormal", 2, FanMode.FanIn, WeightDistribution.TruncatedNormal);

    /// <summary>Uniform within ±sqrt(3 / fan in) (LeCun et al. 1998).</summary>
    public static Initializer LecunUniform { get; } =
        new VarianceScalingInitializer("LecunUniform", 1, FanMode.FanIn, WeightDistribution.Uniform);

    /// <summary>Truncated normal of variance 1 / fan in (LeCun et al. 1998).</summary>
    public static Initializer LecunNormal { get; } =
        new VarianceScalingInitializer("LecunNormal", 1, FanMode.FanIn, WeightDistribution.TruncatedNormal);

    /// <summary>Every element the same.</summary>
    /// <param name="value">The value.</param>
    public static Initializer Constant(float value) => new ConstantInitializer(value);

    /// <summary>Values that are given, such as word vectors that were trained elsewhere.</summary>
    /// <param name="values">The values of a weight of two axes; kept, not copied.</param>
    public static Initializer Values(float[,] values) => new GivenValuesInitializer(values);

    /// <summary>Uniform between two bounds.</summary>
    /// <param name="minimum">The lower bound.</param>
    /// <param name="maximum">The upper bound.</param>
    public static Initializer RandomUniform(float minimum = -0.05f, float maximum = 0.05f) => new RandomUniformInitializer(minimum, maximum);

    /// <summary>Normal.</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="standardDeviation">The standard deviation.</param>
    public static Initializer RandomNormal(float mean = 0, float standardDeviation = 0.05f) =>
        new RandomNormalInitializer(mean, standardDeviation);

    /// <summary>Normal, drawn again while more than two standard deviations from the mean.</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="standardDeviation">The standard deviation before truncation.</param>
    public static Initializer TruncatedNormal(float mean = 0, float standardDeviation = 0.05f) =>
        new TruncatedNormalInitializer(mean, standardDeviation);

    /// <summary>Mean 0 and variance scale / fan.</summary>
    /// <param name="scale">The variance times the fan, above 0.</param>
    /// <param name="mode">What the variance is divided by.</param>
    /// <param name="distribution">The distribution that is drawn from.</param>
    public static Initializer VarianceScaling(
        double scale = 1, FanMode mode = FanMode.FanIn, WeightDistribution distribution = WeightDistribution.TruncatedNormal) =>
        new VarianceScalingInitializer(scale, mode, distribution);

    /// <summary>Orthonormal rows or columns (Saxe et al. 2014). The default of recurrent kernels.</summary>
    /// <param name="gain">What the orthonormal matrix is multiplied by.</param>
    public static Initializer Orthogonal(float gain = 1) => new OrthogonalInitializer(gain);

    /// <summary>A multiple of the identity matrix.</summary>
    /// <param name="gain">The value on the diagonal.</param>
    public static Initializer Identity(float gain = 1) => new IdentityInitializer(gain);
}
