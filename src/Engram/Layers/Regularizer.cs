using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>A penalty on a weight that is added to the loss.</summary>
public abstract class Regularizer
{
    /// <summary>The name as Keras writes it in a configuration, for example <c>L2</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The penalty for a value.</summary>
    /// <param name="value">The weight's elements, row-major.</param>
    /// <param name="shape">The weight's shape.</param>
    public abstract double Penalty(ReadOnlySpan<float> value, ReadOnlySpan<int> shape);

    /// <summary>Adds the penalty's derivative to a gradient.</summary>
    /// <param name="value">The weight's elements, row-major.</param>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="gradient">What the derivative is added to.</param>
    public abstract void AddGradient(ReadOnlySpan<float> value, ReadOnlySpan<int> shape, Span<float> gradient);

    /// <summary>Writes the options as Keras names them; none by default.</summary>
    protected internal virtual void WriteConfig(Configuration config) { }

    internal JsonObject GetConfig() => Configuration.Written(WriteConfig);
}
