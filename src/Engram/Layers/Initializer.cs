namespace Engram.Layers;

/// <summary>Where the initial value of a weight comes from.</summary>
public abstract class Initializer
{
    /// <summary>The name as Keras writes it in a configuration, for example <c>GlorotUniform</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Fills a weight.</summary>
    /// <param name="values">The weight's elements, row-major.</param>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="key">The key from which random values are drawn.</param>
    public abstract void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key);
}
