namespace Engram.Layers;

/// <summary>Sets every element to one value.</summary>
public sealed class ConstantInitializer : Initializer
{
    internal ConstantInitializer(string name, float value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>Creates the initializer.</summary>
    /// <param name="value">The value of every element.</param>
    public ConstantInitializer(float value) : this("Constant", value) { }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>The value of every element.</summary>
    public float Value { get; }

    /// <inheritdoc/>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key) => values.Fill(Value);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        if (Name == "Constant") { config.Set("value", Value); }
    }
}
