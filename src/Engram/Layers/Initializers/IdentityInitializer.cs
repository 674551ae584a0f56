namespace Engram.Layers;

/// <summary>Sets a matrix to a multiple of the identity: the gain on the diagonal, zero elsewhere. The matrix need not be square.</summary>
public sealed class IdentityInitializer : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="gain">The value on the diagonal.</param>
    public IdentityInitializer(float gain = 1) => Gain = gain;

    /// <inheritdoc/>
    public override string Name => "Identity";

    /// <summary>The value on the diagonal.</summary>
    public float Gain { get; }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The weight is not a matrix.</exception>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key)
    {
        if (shape.Length != 2)
        {
            throw new EngramException($"{Name}: expected a matrix (rows, columns), got the shape {Shape.Format(shape)}.");
        }

        values.Clear();
        for (int i = 0; i < Math.Min(shape[0], shape[1]); i++) { values[(i * shape[1]) + i] = Gain; }
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config) => config.Set("gain", Gain);
}
