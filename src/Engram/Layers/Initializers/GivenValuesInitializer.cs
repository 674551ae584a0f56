namespace Engram.Layers;

/// <summary>
/// Sets a weight to values that are given, such as word vectors that were trained elsewhere. A configuration does not hold them: it says <c>RandomUniform</c>, as the weights themselves stand in the model's file.
/// </summary>
public sealed class GivenValuesInitializer : Initializer
{
    private readonly float[,] values;

    /// <summary>Creates the initializer.</summary>
    /// <param name="values">The values of a weight of two axes; kept, not copied.</param>
    public GivenValuesInitializer(float[,] values) => this.values = values ?? throw new ArgumentNullException(nameof(values));

    /// <inheritdoc/>
    public override string Name => "RandomUniform";

    /// <inheritdoc/>
    /// <exception cref="EngramException">The weight has another shape.</exception>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key)
    {
        if (!shape.SequenceEqual([this.values.GetLength(0), this.values.GetLength(1)]))
        {
            throw new EngramException($"The values that are given are of shape ({this.values.GetLength(0)}, {this.values.GetLength(1)}), the weight is of {Shape.Format(shape)}.");
        }

        System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpan(ref this.values[0, 0], this.values.Length).CopyTo(values);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config) => new RandomUniformInitializer().WriteConfig(config);
}
