using Engram.Data;

namespace Engram.Inspection;

/// <summary>Which number of a prediction is traced back to the input, and how; see <see cref="Attribution"/>.</summary>
public sealed class AttributionOptions
{
    /// <summary>Which output of the model, from 0. Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Output { get; init => field = NotNegative(value, nameof(Output)); }

    /// <summary>Which step of an output with a number of units for each step; null, the default, for the last that is data.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? Step { get; init => field = NotNegative(value, nameof(Step)); }

    /// <summary>Which number of the output (which class, which word); null, the default, for the largest: what the model predicts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? Unit { get; init => field = NotNegative(value, nameof(Unit)); }

    /// <summary>
    /// A number of the output that is subtracted: why this class rather than that. With <see cref="Logarithm"/> and a softmax it is the difference
    /// of the two classes' scores before the softmax, which does not saturate. Null, the default, for none.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? Against { get; init => field = NotNegative(value, nameof(Against)); }

    /// <summary>Whether the logarithm of the output is meant, for probabilities. Default false.</summary>
    public bool Logarithm { get; init; }

    /// <summary>
    /// What the input is compared with in integrated gradients, of the input's shape: for example the same sentence with other words. Null,
    /// the default, for zeros, and for zero vectors in the place of an <see cref="Layers.Embedding"/>'s.
    /// </summary>
    public NumericArrays? Baseline { get; init; }

    /// <summary>
    /// By which share of the difference in output the sum of integrated gradients may miss it, above 0; points are doubled until it does not.
    /// Default 0.005.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not above 0.</exception>
    public double Tolerance
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Tolerance), value, "The tolerance is above 0.");
    } = 0.005;

    /// <summary>The most points of the way from the baseline to the input, at least 1. Default 2,048.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MostPoints
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(MostPoints), value, "At least 1 point is needed.");
    } = 2048;

    private static int NotNegative(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        return value;
    }

    private static int? NotNegative(int? value, string name) => value is { } number ? NotNegative(number, name) : null;
}
