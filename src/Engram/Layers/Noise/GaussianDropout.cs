namespace Engram.Layers;

/// <summary>
/// Multiplies each element by a normal number of mean 1 and variance rate / (1 - rate) in training, the variance that dropout's
/// factors have (Srivastava et al. 2014, section 10). Otherwise it passes its input on.
/// </summary>
public sealed class GaussianDropout : MultiplicativeNoise
{
    /// <summary>Creates the layer.</summary>
    /// <param name="rate">The dropout rate whose variance the factors have, 0 or more and below 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is outside [0, 1).</exception>
    public GaussianDropout(float rate) : base(rate) { }

    private protected override ReadOnlySpan<float> DrawFactors(LayerCall call)
    {
        Span<float> factors = call.Scratch(0, call.Input.Length).Span;
        double deviation = Math.Sqrt(Rate / (1.0 - Rate));
        for (int i = 0; i < factors.Length; i++) { factors[i] = (float)(1 + (deviation * call.Random.Normal((ulong)i))); }
        return factors;
    }

    internal static GaussianDropout ReadConfig(Configuration config) => new((float)config.Double("rate"));
}
