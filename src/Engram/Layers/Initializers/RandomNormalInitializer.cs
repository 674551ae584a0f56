namespace Engram.Layers;

/// <summary>Draws every element from a normal distribution.</summary>
public sealed class RandomNormalInitializer : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="standardDeviation">The standard deviation, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The standard deviation is negative or not a number.</exception>
    public RandomNormalInitializer(float mean = 0, float standardDeviation = 0.05f)
    {
        Mean = mean;
        StandardDeviation = standardDeviation >= 0 ? standardDeviation
            : throw new ArgumentOutOfRangeException(nameof(standardDeviation), standardDeviation, "The standard deviation must be 0 or more.");
    }

    /// <inheritdoc/>
    public override string Name => "RandomNormal";

    /// <summary>The mean.</summary>
    public float Mean { get; }

    /// <summary>The standard deviation.</summary>
    public float StandardDeviation { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key) => FillNormal(values, Mean, StandardDeviation, key);

    internal static void FillNormal(Span<float> values, double mean, double standardDeviation, RandomKey key)
    {
        for (int i = 0; i < values.Length; i++) { values[i] = (float)(mean + (standardDeviation * key.Normal((ulong)i))); }
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.SetNull("seed");
        config.Set("mean", Mean);
        config.Set("stddev", StandardDeviation);
    }
}
