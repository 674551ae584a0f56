using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>Where the initial value of a weight comes from.</summary>
public abstract class Initializer
{
    /// <summary>The name as Keras writes it in a configuration, for example <c>GlorotUniform</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Options of its configuration that have no bearing here, such as a seed.</summary>
    internal JsonObject? Rest { get; set; }

    /// <summary>Fills a weight.</summary>
    /// <param name="values">The weight's elements, row-major.</param>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="key">The key from which random values are drawn.</param>
    public abstract void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key);

    /// <summary>Writes the options as Keras names them; none by default.</summary>
    protected internal virtual void WriteConfig(Configuration config) { }

    internal JsonObject GetConfig() => Configuration.Written(WriteConfig, Rest);
}
