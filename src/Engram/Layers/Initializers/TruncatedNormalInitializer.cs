namespace Engram.Layers;

/// <summary>Draws every element from a normal distribution, and again while it is more than two standard deviations from the mean.</summary>
public sealed class TruncatedNormalInitializer : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="standardDeviation">The standard deviation before truncation, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The standard deviation is negative or not a number.</exception>
    public TruncatedNormalInitializer(float mean = 0, float standardDeviation = 0.05f)
    {
        Mean = mean;
        StandardDeviation = standardDeviation >= 0 ? standardDeviation
            : throw new ArgumentOutOfRangeException(nameof(standardDeviation), standardDeviation, "The standard deviation must be 0 or more.");
    }

    /// <inheritdoc/>
    public override string Name => "TruncatedNormal";

    /// <summary>The mean.</summary>
    public float Mean { get; }

    /// <summary>The standard deviation before truncation; that of the values is 0.88 times as large.</summary>
    public float StandardDeviation { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key) =>
        FillTruncatedNormal(values, Mean, StandardDeviation, key);

    internal static void FillTruncatedNormal(Span<float> values, double mean, double standardDeviation, RandomKey key)
    {
        for (int i = 0; i < values.Length; i++)
        {
            double normal = key.Normal((ulong)i);

            // Each further attempt has a key of its own, so that an element's value depends on its position alone.
            for (int attempt = 1; Math.Abs(normal) > 2; attempt++) { normal = key.Derive(attempt).Normal((ulong)i); }
            values[i] = (float)(mean + (standardDeviation * normal));
        }
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.SetNull("seed");
        config.Set("mean", Mean);
        config.Set("stddev", StandardDeviation);
    }
}
