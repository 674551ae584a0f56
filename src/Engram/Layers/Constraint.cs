using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>What is enforced on a weight after each update.</summary>
public abstract class Constraint
{
    /// <summary>The name as Keras writes it in a configuration, for example <c>MaxNorm</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Changes the value in place so that it satisfies the constraint.</summary>
    /// <param name="value">The weight's elements, row-major.</param>
    /// <param name="shape">The weight's shape.</param>
    public abstract void Apply(Span<float> value, ReadOnlySpan<int> shape);

    /// <summary>Writes the options as Keras names them; none by default.</summary>
    protected internal virtual void WriteConfig(Configuration config) { }

    internal JsonObject GetConfig() => Configuration.Written(WriteConfig);
}
