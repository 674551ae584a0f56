namespace Engram.Layers;

/// <summary>
/// Draws a matrix whose rows or columns, whichever are fewer, are orthonormal, uniformly among all such (Saxe, McClelland and
/// Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks"): the Q of the QR
/// decomposition of a normal matrix, with the signs that make R's diagonal positive (Mezzadri 2007). All axes but the last count as rows.
/// </summary>
public sealed class OrthogonalInitializer : Initializer
{
    /// <summary>Creates the initializer.</summary>
    /// <param name="gain">What the orthonormal matrix is multiplied by.</param>
    public OrthogonalInitializer(float gain = 1) => Gain = gain;

    /// <inheritdoc/>
    public override string Name => "Orthogonal";

    /// <summary>What the orthonormal matrix is multiplied by.</summary>
    public float Gain { get; }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The weight has fewer than two axes.</exception>
    public override void Fill(Span<float> values, ReadOnlySpan<int> shape, RandomKey key)
    {
        if (shape.Length < 2)
        {
            throw new EngramException($"{Name}: expected a weight with at least two axes, got the shape {Shape.Format(shape)}.");
        }

        if (values.IsEmpty) { return; }
        int columns = shape[^1];
        int rows = values.Length / columns;
        int length = Math.Max(rows, columns);
        int count = Math.Min(rows, columns);

        // q: (count, length), each row one of the orthonormal vectors
        double[] q = new RandomOrthonormal(length, count, key).Draw();
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double value = rows < columns ? q[(row * length) + column] : q[(column * length) + row];
                values[(row * columns) + column] = (float)(Gain * value);
            }
        }
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.SetNull("seed");
        config.Set("gain", Gain);
    }
}
