namespace Engram.Layers;

/// <summary>l1 Σ|w|, which draws weights to 0.</summary>
/// <param name="factor">The strength, at least 0. Default 0.01.</param>
/// <exception cref="ArgumentOutOfRangeException">The strength is negative or not finite.</exception>
public sealed class L1(double factor = 0.01) : Regularizer
{
    /// <inheritdoc/>
    public override string Name => "L1";

    /// <summary>The strength.</summary>
    public double Factor { get; } = Penalties.Strength(factor, nameof(factor));

    /// <inheritdoc/>
    public override double Penalty(ReadOnlySpan<float> value, ReadOnlySpan<int> shape) => Penalties.Sum(value, Factor, 0);

    /// <inheritdoc/>
    public override void AddGradient(ReadOnlySpan<float> value, ReadOnlySpan<int> shape, Span<float> gradient) =>
        Penalties.AddGradient(value, Factor, 0, gradient);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config) => config.Set("l1", Factor);
}

/// <summary>l2 Σw², which keeps weights small.</summary>
/// <param name="factor">The strength, at least 0. Default 0.01.</param>
/// <exception cref="ArgumentOutOfRangeException">The strength is negative or not finite.</exception>
public sealed class L2(double factor = 0.01) : Regularizer
{
    /// <inheritdoc/>
    public override string Name => "L2";

    /// <summary>The strength.</summary>
    public double Factor { get; } = Penalties.Strength(factor, nameof(factor));

    /// <inheritdoc/>
    public override double Penalty(ReadOnlySpan<float> value, ReadOnlySpan<int> shape) => Penalties.Sum(value, 0, Factor);

    /// <inheritdoc/>
    public override void AddGradient(ReadOnlySpan<float> value, ReadOnlySpan<int> shape, Span<float> gradient) =>
        Penalties.AddGradient(value, 0, Factor, gradient);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config) => config.Set("l2", Factor);
}

/// <summary>l1 Σ|w| + l2 Σw².</summary>
/// <param name="l1Factor">The strength of the first, at least 0. Default 0.</param>
/// <param name="l2Factor">The strength of the second, at least 0. Default 0.</param>
/// <exception cref="ArgumentOutOfRangeException">A strength is negative or not finite.</exception>
public sealed class L1L2(double l1Factor = 0, double l2Factor = 0) : Regularizer
{
    /// <inheritdoc/>
    public override string Name => "L1L2";

    /// <summary>The strength of the penalty on magnitudes.</summary>
    public double L1Factor { get; } = Penalties.Strength(l1Factor, nameof(l1Factor));

    /// <summary>The strength of the penalty on squares.</summary>
    public double L2Factor { get; } = Penalties.Strength(l2Factor, nameof(l2Factor));

    /// <inheritdoc/>
    public override double Penalty(ReadOnlySpan<float> value, ReadOnlySpan<int> shape) => Penalties.Sum(value, L1Factor, L2Factor);

    /// <inheritdoc/>
    public override void AddGradient(ReadOnlySpan<float> value, ReadOnlySpan<int> shape, Span<float> gradient) =>
        Penalties.AddGradient(value, L1Factor, L2Factor, gradient);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.Set("l1", L1Factor);
        config.Set("l2", L2Factor);
    }
}

/// <summary>Which vectors of a matrix an <see cref="OrthogonalRegularizer"/> makes orthogonal.</summary>
public enum OrthogonalMode
{
    /// <summary>Its rows.</summary>
    Rows,

    /// <summary>Its columns.</summary>
    Columns,
}

/// <summary>
/// The mean magnitude of the cosine between any two rows (or columns) of a matrix, times a strength: it draws them to right angles.
/// </summary>
/// <param name="factor">The strength, at least 0. Default 0.01.</param>
/// <param name="mode">Rows, the default, or columns.</param>
/// <exception cref="ArgumentOutOfRangeException">The strength is negative or not finite.</exception>
public sealed class OrthogonalRegularizer(double factor = 0.01, OrthogonalMode mode = OrthogonalMode.Rows) : Regularizer
{
    private const double Epsilon = 1e-7;

    /// <inheritdoc/>
    public override string Name => "OrthogonalRegularizer";

    /// <summary>The strength.</summary>
    public double Factor { get; } = Penalties.Strength(factor, nameof(factor));

    /// <summary>Which vectors are made orthogonal.</summary>
    public OrthogonalMode Mode { get; } = mode;

    /// <inheritdoc/>
    /// <exception cref="EngramException">The weight is not a matrix.</exception>
    public override double Penalty(ReadOnlySpan<float> value, ReadOnlySpan<int> shape)
    {
        Vectors of = new(value, shape, Mode);
        double sum = 0;
        for (int i = 0; i < of.Count; i++)
        {
            for (int j = 0; j < i; j++) { sum += Math.Abs(of.Dot(i, j) / (of.Length(i) * of.Length(j))); }
        }

        return Factor * sum / of.Pairs;
    }

    /// <inheritdoc/>
    /// <exception cref="EngramException">The weight is not a matrix.</exception>
    public override void AddGradient(ReadOnlySpan<float> value, ReadOnlySpan<int> shape, Span<float> gradient)
    {
        // With cosine c of x and y: dc/dx = y / (|x| |y|) - c x / |x|²
        Vectors of = new(value, shape, Mode);
        for (int i = 0; i < of.Count; i++)
        {
            double length = of.Length(i), own = 0;
            for (int j = 0; j < of.Count; j++)
            {
                if (i == j) { continue; }
                double other = of.Length(j), cosine = of.Dot(i, j) / (length * other);
                double scale = Factor / of.Pairs * (cosine > 0 ? 1 : cosine < 0 ? -1 : cosine);
                own -= length > Epsilon ? scale * cosine / (length * length) : 0;
                for (int k = 0; k < of.Size; k++) { gradient[of.Index(i, k)] += (float)(scale / (length * other) * value[of.Index(j, k)]); }
            }

            for (int k = 0; k < of.Size; k++) { gradient[of.Index(i, k)] += (float)(own * value[of.Index(i, k)]); }
        }
    }

    /// <summary>The rows or columns of a matrix.</summary>
    private readonly ref struct Vectors
    {
        private readonly ReadOnlySpan<float> value;
        private readonly int step, stride;

        public Vectors(ReadOnlySpan<float> value, ReadOnlySpan<int> shape, OrthogonalMode mode)
        {
            if (shape.Length != 2)
            {
                throw new EngramException($"OrthogonalRegularizer: expected a weight of two axes, got {Shape.Format(shape)}.");
            }
            this.value = value;
            (Count, Size, step, stride) = mode == OrthogonalMode.Rows ? (shape[0], shape[1], shape[1], 1) : (shape[1], shape[0], 1, shape[1]);
        }

        public int Count { get; }

        public int Size { get; }

        // A single vector has no partner and no penalty.
        public double Pairs => Math.Max(1, Count * (Count - 1.0) / 2);

        public int Index(int vector, int element) => (vector * step) + (element * stride);

        public double Dot(int i, int j)
        {
            double sum = 0;
            for (int k = 0; k < Size; k++) { sum += (double)value[Index(i, k)] * value[Index(j, k)]; }
            return sum;
        }

        public double Length(int i) => Math.Max(Math.Sqrt(Dot(i, i)), Epsilon);
    }

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.Set("factor", Factor);
        config.Set("mode", Mode, RegularizerTypes.Modes);
    }
}

/// <summary>What the penalties on single numbers share.</summary>
internal static class Penalties
{
    public static double Strength(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and finite.");

    public static double Sum(ReadOnlySpan<float> value, double l1, double l2)
    {
        double magnitudes = 0, squares = 0;
        foreach (float w in value)
        {
            magnitudes += Math.Abs(w);
            squares += (double)w * w;
        }

        return (l1 * magnitudes) + (l2 * squares);
    }

    public static void AddGradient(ReadOnlySpan<float> value, double l1, double l2, Span<float> gradient)
    {
        float first = (float)l1, second = (float)(2 * l2);
        for (int i = 0; i < value.Length; i++)
        {
            float w = value[i];
            gradient[i] += (w > 0 ? first : w < 0 ? -first : 0) + (second * w);
        }
    }
}
