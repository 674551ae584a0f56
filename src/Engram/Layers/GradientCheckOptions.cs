namespace Engram.Layers;

/// <summary>How <see cref="GradientCheck"/> draws its numbers and what it accepts.</summary>
public sealed class GradientCheckOptions
{
    /// <summary>The key of all random draws. Default: that of the seed 1.</summary>
    public RandomKey Key { get; init; } = new(1);

    /// <summary>
    /// The largest error that passes, as a share of the largest gradient in the same array. The forward pass computes in single
    /// precision, so a numerical derivative has about four digits. Default 0.002.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Tolerance
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Tolerance), value, "The tolerance must be above 0.");
    } = 2e-3;

    /// <summary>How far a value is moved for a numerical derivative. Default 1/32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public float Step
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Step), value, "The step must be above 0.");
    } = 1f / 32;

    /// <summary>Whether the layer runs as in training, so that dropout acts. Default true.</summary>
    public bool Training { get; init; } = true;

    /// <summary>Which steps of the first input are padding, or null. Default null.</summary>
    public Mask? Mask { get; init; }

    /// <summary>The masks of all inputs, where others than the first have one too; null for <see cref="Mask"/> alone. Default null.</summary>
    public IReadOnlyList<Mask?>? Masks { get; init; }

    /// <summary>The inputs, for layers that do not take any numbers; normal numbers are drawn where it is null. Default null.</summary>
    public IReadOnlyList<TensorBuffer>? Inputs { get; init; }

    /// <summary>Whether the inputs' gradients are checked; whole numbers have none. Default true.</summary>
    public bool CheckInputs { get; init; } = true;
}
