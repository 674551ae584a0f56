namespace Engram.Layers;

/// <summary>Makes negative weights 0.</summary>
public sealed class NonNeg : Constraint
{
    /// <inheritdoc/>
    public override string Name => "NonNeg";

    /// <inheritdoc/>
    public override void Apply(Span<float> value, ReadOnlySpan<int> shape)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] < 0) { value[i] = 0; }
        }
    }
}

/// <summary>Shortens vectors that are longer than a limit.</summary>
/// <param name="maxValue">The limit, at least 0. Default 2.</param>
/// <param name="axes">Along which axes a vector's elements lie, neighbours in rising order. Default axis 0: the weights that lead to
/// one unit.</param>
/// <exception cref="ArgumentException">A number is out of its range.</exception>
public sealed class MaxNorm(double maxValue = 2, params int[] axes) : NormConstraint(axes)
{
    /// <inheritdoc/>
    public override string Name => "MaxNorm";

    /// <summary>The greatest length.</summary>
    public double MaxValue { get; } = NotNegative(maxValue, nameof(maxValue));

    /// <inheritdoc/>
    protected override double Target(double norm) => Math.Clamp(norm, 0, MaxValue);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.Set("max_value", MaxValue);
        WriteAxes(config);
    }
}

/// <summary>Makes every vector's length 1.</summary>
/// <param name="axes">Along which axes a vector's elements lie, neighbours in rising order. Default axis 0: the weights that lead to
/// one unit.</param>
/// <exception cref="ArgumentException">The axes are not neighbours in rising order.</exception>
public sealed class UnitNorm(params int[] axes) : NormConstraint(axes)
{
    /// <inheritdoc/>
    public override string Name => "UnitNorm";

    /// <inheritdoc/>
    protected override double Target(double norm) => 1;

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config) => WriteAxes(config);
}

/// <summary>Moves the length of vectors into a range.</summary>
/// <param name="minValue">The least length, at least 0. Default 0.</param>
/// <param name="maxValue">The greatest length, at least <paramref name="minValue"/>. Default 1.</param>
/// <param name="rate">How far a length moves towards the range at each update, from 0 to 1. Default 1: all the way.</param>
/// <param name="axes">Along which axes a vector's elements lie, neighbours in rising order. Default axis 0: the weights that lead to
/// one unit.</param>
/// <exception cref="ArgumentException">A number is out of its range.</exception>
public sealed class MinMaxNorm(double minValue = 0, double maxValue = 1, double rate = 1, params int[] axes) : NormConstraint(axes)
{
    /// <inheritdoc/>
    public override string Name => "MinMaxNorm";

    /// <summary>The least length.</summary>
    public double MinValue { get; } = NotNegative(minValue, nameof(minValue));

    /// <summary>The greatest length.</summary>
    public double MaxValue { get; } = maxValue >= minValue && double.IsFinite(maxValue)
        ? maxValue
        : throw new ArgumentOutOfRangeException(nameof(maxValue), maxValue, $"The greatest length must be at least the least, {minValue}.");

    /// <summary>How far a length moves towards the range at each update.</summary>
    public double Rate { get; } = rate is >= 0 and <= 1 ? rate : throw new ArgumentOutOfRangeException(nameof(rate), rate, "The rate must lie from 0 to 1.");

    /// <inheritdoc/>
    protected override double Target(double norm) => (Rate * Math.Clamp(norm, MinValue, MaxValue)) + ((1 - Rate) * norm);

    /// <inheritdoc/>
    protected internal override void WriteConfig(Configuration config)
    {
        config.Set("min_value", MinValue);
        config.Set("max_value", MaxValue);
        config.Set("rate", Rate);
        WriteAxes(config);
    }
}

/// <summary>A constraint on the lengths of the vectors that a weight is made of.</summary>
public abstract class NormConstraint : Constraint
{
    private const double Epsilon = 1e-7;
    private const int Block = 32;

    private readonly int[] axes;

    /// <summary>Sets the axes.</summary>
    /// <param name="axes">Along which axes a vector's elements lie, neighbours in rising order; none for axis 0.</param>
    /// <exception cref="ArgumentException">The axes are not neighbours in rising order.</exception>
    protected NormConstraint(int[] axes)
    {
        this.axes = axes.Length == 0 ? [0] : [.. axes];
        for (int i = 0; i < this.axes.Length; i++)
        {
            if (this.axes[i] < 0 || this.axes[i] != this.axes[0] + i)
            {
                throw new ArgumentException(
                    $"The axes must be neighbours in rising order from 0 on, for example 0, 1, 2; got {Shape.Format(axes)}.", nameof(axes));
            }
        }
    }

    /// <summary>Along which axes a vector's elements lie.</summary>
    public IReadOnlyList<int> Axes => axes;

    /// <summary>The length that a vector shall have.</summary>
    /// <param name="norm">The length that it has.</param>
    protected abstract double Target(double norm);

    /// <inheritdoc/>
    /// <exception cref="EngramException">The weight lacks an axis.</exception>
    public sealed override void Apply(Span<float> value, ReadOnlySpan<int> shape)
    {
        if (axes[^1] >= shape.Length)
        {
            throw new EngramException($"{Name}: axis {axes[^1]} is none of a weight of shape {Shape.Format(shape)}.");
        }
        int size = Product(shape[axes[0]..(axes[^1] + 1)]), inner = Product(shape[(axes[^1] + 1)..]);
        if (size * inner == 0) { return; }

        // value: (outer, size, inner); vectors lie along size. A block of neighbours is handled at once, so that rows are read in order.
        Span<double> scale = stackalloc double[Block];
        for (int outer = 0; outer < value.Length; outer += size * inner)
        {
            for (int first = 0; first < inner; first += Block)
            {
                Span<double> squares = scale[..Math.Min(Block, inner - first)];
                squares.Clear();
                for (int k = 0; k < size; k++)
                {
                    ReadOnlySpan<float> row = value.Slice(outer + (k * inner) + first, squares.Length);
                    for (int j = 0; j < row.Length; j++) { squares[j] += (double)row[j] * row[j]; }
                }

                for (int j = 0; j < squares.Length; j++)
                {
                    double norm = Math.Sqrt(squares[j]);
                    squares[j] = Target(norm) / (Epsilon + norm);
                }

                for (int k = 0; k < size; k++)
                {
                    Span<float> row = value.Slice(outer + (k * inner) + first, squares.Length);
                    for (int j = 0; j < row.Length; j++) { row[j] = (float)(row[j] * squares[j]); }
                }
            }
        }
    }

    private protected static double NotNegative(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and finite.");

    private static int Product(ReadOnlySpan<int> axes)
    {
        int product = 1;
        foreach (int axis in axes) { product *= axis; }
        return product;
    }

    private protected void WriteAxes(Configuration config)
    {
        if (axes is [int only]) { config.Set("axis", only); }
        else { config.Set("axis", axes); }
    }
}
