using System.Text.Json.Nodes;
using static Engram.Distributions.SpecialFunctions;

namespace Engram.Distributions;

/// <summary>
/// The mean over the levels q of the pinball loss max(q (y - p), (q - 1) (y - p)) (Koenker and Bassett 1978); the quantiles p are the raw numbers, or
/// the first one and then sums of softplus.
/// </summary>
internal sealed class QuantileHead : DistributionHead
{
    private readonly double[] levels;
    private readonly bool cumulated;

    public QuantileHead(double[] levels, bool cumulated)
    {
        ArgumentNullException.ThrowIfNull(levels);
        this.levels = QuantileDistribution.CheckLevels([.. levels]);
        this.cumulated = cumulated;
    }

    public override string Name => "quantiles";

    internal override IReadOnlyList<(string Name, JsonNode? Value)> Options =>
        [("levels", new JsonArray([.. levels.Select(level => (JsonNode)level)])), ("cumulated", cumulated)];

    public override int ParametersPerTarget => levels.Length;

    public override double Value(double y, ReadOnlySpan<float> raw)
    {
        double sum = 0, p = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            p = Next(p, raw, i);
            sum += Math.Max(levels[i] * (y - p), (levels[i] - 1) * (y - p));
        }

        return sum / levels.Length;
    }

    public override void Gradient(double y, ReadOnlySpan<float> raw, double weight, Span<float> dRaw)
    {
        double p = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            p = Next(p, raw, i);
            double error = y - p;
            dRaw[i] = (float)(weight / levels.Length * (error > 0 ? -levels[i] : error < 0 ? 1 - levels[i] : error));
        }

        if (!cumulated) { return; }
        for (int i = levels.Length - 2; i >= 0; i--) { dRaw[i] += dRaw[i + 1]; }
        for (int i = 1; i < levels.Length; i++) { dRaw[i] *= (float)Sigmoid(raw[i]); }
    }

    public override ForecastDistribution Distribution(ReadOnlySpan<float> raw)
    {
        var values = new double[levels.Length];
        for (int i = 0; i < values.Length; i++) { values[i] = Next(i > 0 ? values[i - 1] : 0, raw, i); }
        if (!cumulated) { Array.Sort(values); }
        return new QuantileDistribution(levels, values);
    }

    private double Next(double before, ReadOnlySpan<float> raw, int i) => cumulated && i > 0 ? before + Softplus(raw[i]) : raw[i];
}
