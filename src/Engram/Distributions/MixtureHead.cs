using System.Text.Json.Nodes;
using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>
/// -ln Σ π_k N(y; μ_k, σ_k) with π the softmax of the logits. With γ_k = π_k N_k / Σ π N, the share of component k in the target: by logit
/// π_k - γ_k, by μ_k and σ_k γ_k times what the normal distribution has.
/// </summary>
internal sealed class MixtureHead : DistributionHead
{
    private const int Most = 256;

    private readonly int components;

    public MixtureHead(int components)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(components, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(components, Most);
        this.components = components;
    }

    public override string Name => "mixture";

    internal override IReadOnlyList<(string Name, JsonNode? Value)> Options => [("components", components)];

    public override int ParametersPerTarget => 3 * components;

    public override double Value(double y, ReadOnlySpan<float> raw)
    {
        Span<double> joint = stackalloc double[components];
        double normalizer = Joint(y, raw, joint);
        return normalizer - LogSum(joint);
    }

    public override void Gradient(double y, ReadOnlySpan<float> raw, double weight, Span<float> dRaw)
    {
        Span<double> joint = stackalloc double[components];
        double normalizer = Joint(y, raw, joint), total = LogSum(joint);
        for (int k = 0; k < components; k++)
        {
            double share = Math.Exp(joint[k] - total), scale = GaussianHead.Scale(raw[k + (2 * components)]), r = (y - raw[k + components]) / scale;
            dRaw[k] = (float)(weight * (Math.Exp(raw[k] - normalizer) - share));
            dRaw[k + components] = (float)(-weight * share * r / scale);
            dRaw[k + (2 * components)] = (float)(weight * share * (1 - (r * r)) / scale * Sigmoid(raw[k + (2 * components)]));
        }
    }

    public override ForecastDistribution Distribution(ReadOnlySpan<float> raw)
    {
        double largest = double.NegativeInfinity;
        for (int k = 0; k < components; k++) { largest = Math.Max(largest, raw[k]); }
        var weights = new double[components];
        var parts = new GaussianDistribution[components];
        for (int k = 0; k < components; k++)
        {
            weights[k] = Math.Exp(raw[k] - largest);
            parts[k] = new GaussianDistribution(raw[k + components], GaussianHead.Scale(raw[k + (2 * components)]));
        }

        return new MixtureDistribution(weights, parts);
    }

    // joint: logit + ln N of each component; returns ln Σ exp logit.
    private double Joint(double y, ReadOnlySpan<float> raw, Span<double> joint)
    {
        for (int k = 0; k < components; k++) { joint[k] = raw[k]; }
        double normalizer = LogSum(joint);
        for (int k = 0; k < components; k++)
        {
            double scale = GaussianHead.Scale(raw[k + (2 * components)]);
            joint[k] += LogNormalDensity((y - raw[k + components]) / scale) - Math.Log(scale);
        }

        return normalizer;
    }

    private static double LogSum(ReadOnlySpan<double> x)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in x) { largest = Math.Max(largest, value); }
        foreach (double value in x) { sum += Math.Exp(value - largest); }
        return largest + Math.Log(sum);
    }
}
