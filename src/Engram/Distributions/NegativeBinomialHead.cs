using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>
/// -ln P(y; μ, α) with μ = level (softplus(m) + 1e-6) and α = softplus(a) + 1e-6; by μ (μ - y) / (μ (1 + αμ)), by α as
/// <see cref="NegativeBinomialDistribution.DispersionDerivative"/>. The level is 1 but for series whose own level is known.
/// </summary>
internal sealed class NegativeBinomialHead : DistributionHead
{
    private const double Least = 1e-6;

    public override string Name => "negative-binomial";

    public override int ParametersPerTarget => 2;

    public override double Value(double y, ReadOnlySpan<float> raw) => Value(y, 1, raw);

    public override void Gradient(double y, ReadOnlySpan<float> raw, double weight, Span<float> dRaw) => Gradient(y, 1, raw, weight, dRaw);

    public override ForecastDistribution Distribution(ReadOnlySpan<float> raw) => Distribution(1, raw);

    public static double Value(double y, double level, ReadOnlySpan<float> raw)
    {
        if (!(y >= 0 && y == Math.Floor(y)) && !double.IsNaN(y)) { throw new EngramException($"negative-binomial: a target is {y}; it must be a count, a whole number from 0."); }
        return NegativeBinomialDistribution.NegativeLog(y, level * Positive(raw[0]), Positive(raw[1]));
    }

    public static void Gradient(double y, double level, ReadOnlySpan<float> raw, double weight, Span<float> dRaw)
    {
        double mean = level * Positive(raw[0]), dispersion = Positive(raw[1]);
        dRaw[0] = (float)(weight * level * (1 - (y / mean)) / (1 + (dispersion * mean)) * Sigmoid(raw[0]));
        dRaw[1] = (float)(weight * NegativeBinomialDistribution.DispersionDerivative(y, mean, dispersion) * Sigmoid(raw[1]));
    }

    public static ForecastDistribution Distribution(double level, ReadOnlySpan<float> raw) =>
        new NegativeBinomialDistribution(level * Positive(raw[0]), Positive(raw[1]));

    private static double Positive(double x) => Softplus(x) + Least;
}
