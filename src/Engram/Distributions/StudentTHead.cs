using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>
/// -ln t(y; μ, σ, ν) with μ = m, σ = softplus(s) + 1e-4, ν = 2 + softplus(v) and r = (y - μ) / σ:
/// <code>
/// ln Γ(ν/2) - ln Γ((ν+1)/2) + ln(νπ)/2 + ln σ + (ν+1)/2 ln(1 + r²/ν)
/// by μ  -(ν+1) r / (σ (ν + r²))
/// by σ  (1 - (ν+1) r² / (ν + r²)) / σ
/// by ν  (ψ(ν/2) - ψ((ν+1)/2) + 1/ν + ln(1 + r²/ν) - (ν+1) r² / (ν (ν + r²))) / 2
/// </code>
/// </summary>
internal sealed class StudentTHead : DistributionHead
{
    public override string Name => "student-t";

    public override int ParametersPerTarget => 3;

    public override double Value(double y, ReadOnlySpan<float> raw)
    {
        double scale = GaussianHead.Scale(raw[1]), nu = DegreesOfFreedom(raw[2]), r = (y - raw[0]) / scale;
        return (0.5 * Math.Log(Math.PI * nu)) - LogGammaHalfStep(nu / 2) + Math.Log(scale) + ((nu + 1) / 2 * LogOnePlus(r * r / nu));
    }

    public override void Gradient(double y, ReadOnlySpan<float> raw, double weight, Span<float> dRaw)
    {
        double scale = GaussianHead.Scale(raw[1]), nu = DegreesOfFreedom(raw[2]), r = (y - raw[0]) / scale;
        double pull = (nu + 1) * r / (nu + (r * r)); // falls again far away: an outlier moves little
        dRaw[0] = (float)(-weight * pull / scale);
        dRaw[1] = (float)(weight * (1 - (pull * r)) / scale * Sigmoid(raw[1]));
        double dNu = 0.5 * ((1 / nu) - DigammaHalfStep(nu / 2) + LogOnePlus(r * r / nu) - (pull * r / nu));
        dRaw[2] = (float)(weight * dNu * Sigmoid(raw[2]));
    }

    public override ForecastDistribution Distribution(ReadOnlySpan<float> raw) =>
        new StudentTDistribution(raw[0], GaussianHead.Scale(raw[1]), DegreesOfFreedom(raw[2]));

    private static double DegreesOfFreedom(double v) => 2 + Softplus(v);
}
