using System.Text.Json.Nodes;
using Engram.Data;
using Engram.Training;

namespace Engram.Distributions;

/// <summary>
/// Makes a network's output a probability distribution. A Dense layer without activation puts out <see cref="ParametersPerTarget"/> raw numbers for
/// each target; the head turns them into the parameters of a distribution, its <see cref="Loss"/> is the negative log likelihood of the targets
/// (for quantiles the pinball loss) with the gradient by the raw numbers themselves, and <see cref="Distributions"/> reads predictions:
/// <code>
/// DistributionHead head = DistributionHead.StudentT;
/// var model = new Sequential(new Input(24, 1), new Lstm(32), new Dense(head.Parameters(targets: 1)));
/// model.Compile(new Adam(), head.Loss);
/// ForecastDistribution next = head.Distributions(model.Predict(x))[0, 0];
/// double worst = next.Quantile(0.99);
/// </code>
/// A head of one's own is a class with the abstract members. Scales have a least value of 1e-4, so data should be scaled to the order of 1.
/// </summary>
public abstract class DistributionHead
{
    private Loss? loss;

    /// <summary>The normal distribution: raw numbers m, s with mean m and standard deviation softplus(s) + 1e-4.</summary>
    public static DistributionHead Gaussian { get; } = new GaussianHead();

    /// <summary>
    /// Student's t distribution: raw numbers m, s, v with location m, scale softplus(s) + 1e-4 and 2 + softplus(v) degrees of freedom. For data
    /// with outliers.
    /// </summary>
    public static DistributionHead StudentT { get; } = new StudentTHead();

    /// <summary>
    /// The negative binomial distribution, for counts: raw numbers m, a with mean softplus(m) + 1e-6 and dispersion softplus(a) + 1e-6 (Salinas
    /// and others 2020, "DeepAR"). Targets are whole numbers from 0.
    /// </summary>
    public static DistributionHead NegativeBinomial { get; } = new NegativeBinomialHead();

    /// <summary>The name, for example <c>student-t</c>.</summary>
    public abstract string Name { get; }

    /// <summary>How many raw numbers a target has.</summary>
    public abstract int ParametersPerTarget { get; }

    /// <summary>What tells the head apart from others of its name in a file.</summary>
    internal virtual IReadOnlyList<(string Name, JsonNode? Value)> Options => [];

    /// <summary>The loss to compile a model with: the mean over a row's targets of <see cref="Value"/>.</summary>
    public Loss Loss => loss ??= new HeadLoss(this) { Options = Options };

    /// <summary>A mixture of normal distributions (Bishop 1994, "Mixture density networks"): raw numbers logits, means, scales, as many of each.</summary>
    /// <param name="components">How many, 1 or more. Default 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static DistributionHead Mixture(int components = 3) => new MixtureHead(components);

    /// <summary>
    /// Quantiles, without an assumption about what lies between: the raw numbers are the quantiles. Where a network lets some cross, they are
    /// sorted in the distribution (Chernozhukov, Fernández-Val and Galichon 2010), not in the loss.
    /// </summary>
    /// <param name="levels">Two or more levels between 0 and 1, ascending, for example 0.1, 0.5, 0.9.</param>
    /// <exception cref="ArgumentException">There are fewer than two, or they do not ascend between 0 and 1.</exception>
    public static DistributionHead Quantiles(params double[] levels) => new QuantileHead(levels, cumulated: false);

    /// <summary>Quantiles that cannot cross: the first raw number is the first quantile, the softplus of each further one is what the next lies above it.</summary>
    /// <param name="levels">Two or more levels between 0 and 1, ascending, for example 0.1, 0.5, 0.9.</param>
    /// <exception cref="ArgumentException">There are fewer than two, or they do not ascend between 0 and 1.</exception>
    public static DistributionHead CumulatedQuantiles(params double[] levels) => new QuantileHead(levels, cumulated: true);

    /// <summary>The units of the Dense layer before the head.</summary>
    /// <param name="targets">How many targets a row has. Those of one target stand side by side: target k has columns k n to k n + n - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public int Parameters(int targets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(targets, 1);
        return checked(targets * ParametersPerTarget);
    }

    /// <summary>The loss of one target.</summary>
    /// <param name="y">The target.</param>
    /// <param name="raw">Its raw numbers.</param>
    public abstract double Value(double y, ReadOnlySpan<float> raw);

    /// <summary>The derivative of <see cref="Value"/>.</summary>
    /// <param name="y">The target.</param>
    /// <param name="raw">Its raw numbers.</param>
    /// <param name="weight">What the derivative is multiplied by.</param>
    /// <param name="dRaw">Overwritten: weight times the derivative by each raw number.</param>
    public abstract void Gradient(double y, ReadOnlySpan<float> raw, double weight, Span<float> dRaw);

    /// <summary>The distribution of one target.</summary>
    /// <param name="raw">Its raw numbers.</param>
    public abstract ForecastDistribution Distribution(ReadOnlySpan<float> raw);

    /// <summary>The distributions of a prediction.</summary>
    /// <param name="output">What the network put out: (rows, columns) or (rows, time, columns); rows and time steps are counted as one axis.</param>
    /// <returns>(rows, targets).</returns>
    /// <exception cref="EngramException">The columns are no multiple of <see cref="ParametersPerTarget"/>.</exception>
    public ForecastDistribution[,] Distributions(NumericArray output)
    {
        int n = ParametersPerTarget, columns = output.Axes.Length < 2 ? 0 : output.Axes[^1];
        if (columns == 0 || columns % n != 0)
        {
            throw new EngramException($"{Name}: expected outputs (rows, {n} for each target), got {Shape.Format(output.Axes)}.");
        }

        var distributions = new ForecastDistribution[output.Span.Length / columns, columns / n];
        for (int i = 0; i < distributions.Length; i++) { distributions[i / (columns / n), i % (columns / n)] = Distribution(output.Span.Slice(i * n, n)); }
        return distributions;
    }
}
