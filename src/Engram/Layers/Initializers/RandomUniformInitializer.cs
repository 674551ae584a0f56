namespace Engram.Layers;

/// <summary>Draws every element uniformly between two bounds.</summary>
public sealed class RandomUniformInitializer : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="minimum">The lower bound.</param>
    /// <param name="maximum">The upper bound, not below the lower one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bounds are not numbers in this order.</exception>
    public RandomUniformInitializer(float minimum = -0.05f, float maximum = 0.05f)
    {
        if (!(minimum <= maximum))
        {
            throw new ArgumentOutOfRangeException(nameof(maximum), maximum, $"The upper bound must not be below the lower bound {minimum}.");
        }

        Minimum = minimum;
        Maximum = maximum;
    }

    /// <inheritdoc/>
    public override string Name => "RandomUniform";

    /// <summary>The lower bound.</summary>
    public float Minimum { get; }

    /// <summary>The upper bound.</summary>
    public float Maximum { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key) => FillUniform(values, Minimum, Maximum, key);

    internal static void FillUniform(Span<float> values, double minimum, double maximum, RandomKey key)
    {
        key.FillUniform(values);
        foreach (ref float value in values) { value = (float)(minimum + ((maximum - minimum) * value)); }
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.SetNull("seed");
        config.Set("minval", Minimum);
        config.Set("maxval", Maximum);
    }
}
