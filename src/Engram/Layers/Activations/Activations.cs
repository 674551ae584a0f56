namespace Engram.Layers;

/// <summary>
/// The activation functions that Keras has, with its defaults. Those without parameters are properties, those with parameters methods;
/// <see cref="Get"/> finds one by Keras' name.
/// </summary>
public static class Activations
{
    private static readonly Dictionary<string, ActivationFunction> ByName = new(StringComparer.Ordinal);

    /// <summary>x: no activation.</summary>
    public static ActivationFunction Linear { get; } = Named("linear", default(Linear));

    /// <summary>max(x, 0).</summary>
    public static ActivationFunction Relu { get; } = Named("relu", default(ReluFunction));

    /// <summary>min(max(x, 0), 6).</summary>
    public static ActivationFunction Relu6 { get; } = Named("relu6", default(Relu6));

    /// <summary>x above 0, 1.6733 (exp(x) - 1) below, all times 1.0507 (Klambauer et al. 2017).</summary>
    public static ActivationFunction Selu { get; } = Named("selu", default(Selu));

    /// <summary>exp(x_k) / Σ exp(x_j) along the last axis.</summary>
    public static ActivationFunction Softmax { get; } = Named(new SoftmaxActivation());

    /// <summary>The logarithm of <see cref="Softmax"/>.</summary>
    public static ActivationFunction LogSoftmax { get; } = Named(new LogSoftmaxActivation());

    /// <summary>log(1 + exp(x)).</summary>
    public static ActivationFunction Softplus { get; } = Named("softplus", default(Softplus));

    /// <summary>x / (1 + |x|).</summary>
    public static ActivationFunction Softsign { get; } = Named("softsign", default(Softsign));

    /// <summary>0 below -1, (x + 1)² / 4 up to 1, x above.</summary>
    public static ActivationFunction SparsePlus { get; } = Named("sparse_plus", default(SparsePlus));

    /// <summary>x sigmoid(x), also called swish (Ramachandran et al. 2017).</summary>
    public static ActivationFunction Silu { get; } = Named("silu", default(Silu));

    /// <summary>The first half of the last axis times the sigmoid of the second half (Dauphin et al. 2017).</summary>
    public static ActivationFunction Glu { get; } = Named(new GluActivation());

    /// <summary>The hyperbolic tangent.</summary>
    public static ActivationFunction Tanh { get; } = Named("tanh", default(Tanh));

    /// <summary>x - tanh(x).</summary>
    public static ActivationFunction TanhShrink { get; } = Named("tanh_shrink", default(TanhShrink));

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static ActivationFunction Sigmoid { get; } = Named("sigmoid", default(Sigmoid));

    /// <summary>The logarithm of <see cref="Sigmoid"/>.</summary>
    public static ActivationFunction LogSigmoid { get; } = Named("log_sigmoid", default(LogSigmoid));

    /// <summary>exp(x).</summary>
    public static ActivationFunction Exponential { get; } = Named("exponential", default(Exponential));

    /// <summary>x / 6 + 1/2, at least 0 and at most 1.</summary>
    public static ActivationFunction HardSigmoid { get; } = Named("hard_sigmoid", default(HardSigmoid));

    /// <summary>x times <see cref="HardSigmoid"/>, also called hard swish (Howard et al. 2019).</summary>
    public static ActivationFunction HardSilu { get; } = Named("hard_silu", default(HardSilu));

    /// <summary>x, at least -1 and at most 1.</summary>
    public static ActivationFunction HardTanh { get; } = Named("hard_tanh", default(HardTanh));

    /// <summary>x tanh(log(1 + exp(x))) (Misra 2019).</summary>
    public static ActivationFunction Mish { get; } = Named("mish", default(Mish));

    /// <summary>(x + 1) / 2, at least 0 and at most 1.</summary>
    public static ActivationFunction SparseSigmoid { get; } = Named("sparse_sigmoid", default(SparseSigmoid));

    private static readonly ActivationFunction DefaultLeakyRelu = Named("leaky_relu", new LeakyReluFunction(0.2f));
    private static readonly ActivationFunction DefaultElu = Named("elu", new EluFunction(1));
    private static readonly ActivationFunction DefaultCelu = Named("celu", new Celu(1));
    private static readonly ActivationFunction DefaultGelu = Named("gelu", default(Gelu));
    private static readonly ActivationFunction DefaultSquareplus = Named("squareplus", new Squareplus(4));
    private static readonly ActivationFunction DefaultHardShrink = Named("hard_shrink", new HardShrink(0.5f));
    private static readonly ActivationFunction DefaultSoftShrink = Named("soft_shrink", new SoftShrink(0.5f));

    /// <summary>The names that <see cref="Get"/> knows, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>x above 0, slope times x below (Maas et al. 2013).</summary>
    /// <param name="negativeSlope">The slope below 0; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The slope is negative or not a number.</exception>
    public static ActivationFunction LeakyRelu(float negativeSlope = 0.2f) => negativeSlope == 0.2f
        ? DefaultLeakyRelu
        : new ElementwiseActivation<LeakyReluFunction>("leaky_relu", new LeakyReluFunction(AtLeastZero(negativeSlope, nameof(negativeSlope))));

    /// <summary>x above 0, alpha (exp(x) - 1) below (Clevert et al. 2016).</summary>
    /// <param name="alpha">What negative outputs tend to, without its sign; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is negative or not a number.</exception>
    public static ActivationFunction Elu(float alpha = 1) => alpha == 1
        ? DefaultElu
        : new ElementwiseActivation<EluFunction>("elu", new EluFunction(AtLeastZero(alpha, nameof(alpha))));

    /// <summary>x above 0, alpha (exp(x / alpha) - 1) below (Barron 2017).</summary>
    /// <param name="alpha">What negative outputs tend to, without its sign; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">Alpha is not above 0.</exception>
    public static ActivationFunction Celu(float alpha = 1) => alpha == 1
        ? DefaultCelu
        : new ElementwiseActivation<Celu>("celu", new Celu(AboveZero(alpha, nameof(alpha))));

    /// <summary>x Φ(x), where Φ is the normal distribution function (Hendrycks and Gimpel 2016).</summary>
    /// <param name="approximate">Whether Φ is approximated by a hyperbolic tangent.</param>
    public static ActivationFunction Gelu(bool approximate = false) => approximate
        ? new ElementwiseActivation<ApproximateGelu>("gelu", default)
        : DefaultGelu;

    /// <summary>(x + √(x² + b)) / 2 (Barron 2021).</summary>
    /// <param name="b">How wide the bend at 0 is; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">b is not above 0.</exception>
    public static ActivationFunction Squareplus(float b = 4) => b == 4
        ? DefaultSquareplus
        : new ElementwiseActivation<Squareplus>("squareplus", new Squareplus(AboveZero(b, nameof(b))));

    /// <summary>0 within ±threshold, x outside.</summary>
    /// <param name="threshold">The threshold; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is negative or not a number.</exception>
    public static ActivationFunction HardShrink(float threshold = 0.5f) => threshold == 0.5f
        ? DefaultHardShrink
        : new ElementwiseActivation<HardShrink>("hard_shrink", new HardShrink(AtLeastZero(threshold, nameof(threshold))));

    /// <summary>0 within ±threshold, outside x moved towards 0 by the threshold.</summary>
    /// <param name="threshold">The threshold; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is negative or not a number.</exception>
    public static ActivationFunction SoftShrink(float threshold = 0.5f) => threshold == 0.5f
        ? DefaultSoftShrink
        : new ElementwiseActivation<SoftShrink>("soft_shrink", new SoftShrink(AtLeastZero(threshold, nameof(threshold))));

    /// <summary>x above a threshold, a fixed value elsewhere. It has no defaults and so cannot be had by name.</summary>
    /// <param name="threshold">The threshold.</param>
    /// <param name="otherwise">The output where x is not above the threshold.</param>
    public static ActivationFunction Threshold(float threshold, float otherwise) =>
        new ElementwiseActivation<Threshold>("threshold", new Threshold(threshold, otherwise));

    /// <summary>The activation that Keras calls by a name, with its default parameters.</summary>
    /// <param name="name">The name, for example <c>hard_sigmoid</c>; <see cref="Names"/> lists all.</param>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public static ActivationFunction Get(string name) => ByName.TryGetValue(name, out ActivationFunction? function)
        ? function
        : throw new EngramException($"There is no activation '{name}'; known are {string.Join(", ", Names)}.");

    private static ElementwiseActivation<TFunction> Named<TFunction>(string name, TFunction function)
        where TFunction : struct, IElementwiseFunction, IEquatable<TFunction> =>
        Named(new ElementwiseActivation<TFunction>(name, function));

    private static TActivation Named<TActivation>(TActivation activation) where TActivation : ActivationFunction
    {
        ByName.Add(activation.Name, activation);
        return activation;
    }

    private static float AtLeastZero(float value, string name) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, "The value must be 0 or more.");

    private static float AboveZero(float value, string name) =>
        value > 0 ? value : throw new ArgumentOutOfRangeException(name, value, "The value must be above 0.");
}
