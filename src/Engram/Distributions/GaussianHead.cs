using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>
/// -ln N(y; μ, σ) with μ = m, σ = softplus(s) + 1e-4 and r = (y - μ) / σ: ln σ + r²/2 + ln √2π; by m -r/σ, by σ (1 - r²)/σ.
/// </summary>
internal sealed class GaussianHead : DistributionHead
{
    /// <summary>What is added to every scale, so that a target that is hit exactly does not make the loss infinite.</summary>
    public const double LeastScale = 1e-4;

    public override string Name => "gaussian";

    public override int ParametersPerTarget => 2;

    public override double Value(double y, ReadOnlySpan<float> raw)
    {
        double scale = Scale(raw[1]);
        return Math.Log(scale) - LogNormalDensity((y - raw[0]) / scale);
    }

    public override void Gradient(double y, ReadOnlySpan<float> raw, double weight, Span<float> dRaw)
    {
        double scale = Scale(raw[1]), r = (y - raw[0]) / scale;
        dRaw[0] = (float)(-weight * r / scale);
        dRaw[1] = (float)(weight * (1 - (r * r)) / scale * Sigmoid(raw[1]));
    }

    public override ForecastDistribution Distribution(ReadOnlySpan<float> raw) => new GaussianDistribution(raw[0], Scale(raw[1]));

    public static double Scale(double s) => Softplus(s) + LeastScale;
}
