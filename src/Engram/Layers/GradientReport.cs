using System.Globalization;

namespace Engram.Layers;

/// <summary>What <see cref="GradientCheck"/> found.</summary>
public sealed class GradientReport
{
    internal GradientReport(string layer, double tolerance)
    {
        Layer = layer;
        Tolerance = tolerance;
    }

    /// <summary>The layer's name.</summary>
    public string Layer { get; }

    /// <summary>The largest error that passes.</summary>
    public double Tolerance { get; }

    /// <summary>
    /// The largest difference between the layer's and the numerical derivative, as a share of the largest gradient in the array; NaN
    /// where the layer gave NaN.
    /// </summary>
    public double LargestError { get; private set; }

    /// <summary>The array and the element with the largest error, for example <c>kernel[3, 1]</c> or <c>input 0[0, 2]</c>.</summary>
    public string Where { get; private set; } = "";

    /// <summary>What the layer's backward pass says there.</summary>
    public double Derivative { get; private set; }

    /// <summary>What differences of its forward pass say there.</summary>
    public double NumericalDerivative { get; private set; }

    /// <summary>How many elements were compared.</summary>
    public int Compared { get; private set; }

    /// <summary>How many were not, because the forward pass has a kink so close that it has no numerical derivative there.</summary>
    public int Skipped { get; internal set; }

    /// <summary>A rule of <see cref="Layers.Layer"/> that the layer breaks, or null.</summary>
    public string? BrokenRule { get; internal set; }

    /// <summary>How many elements there are: of the trainable weights and of the inputs that are checked.</summary>
    internal int Elements { get; set; }

    /// <summary>
    /// Whether all is well: no error above the tolerance, no rule broken, and at most a quarter of the elements skipped. Where there are no elements, no rule was broken.
    /// </summary>
    public bool Passed => LargestError <= Tolerance && BrokenRule is null && (Compared > 0 || Elements == 0) && Skipped <= Compared / 3;

    /// <summary>Throws when the check did not pass.</summary>
    /// <exception cref="EngramException">The check did not pass; the message says where.</exception>
    public void ThrowIfFailed()
    {
        if (!Passed) { throw new EngramException(ToString()); }
    }

    /// <summary>The result in one line.</summary>
    public override string ToString() => BrokenRule is { } rule
        ? $"{Layer}: {rule}"
        : Elements == 0 ? $"{Layer}: there are neither trainable weights nor inputs to check, so nothing was compared"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Layer}: largest error {LargestError:G3} (allowed {Tolerance:G3}) at {Where}: backward says {Derivative:G6}, differences of forward say {NumericalDerivative:G6}; {Compared} elements compared, {Skipped} skipped because of kinks");

    internal void Add(double error, string where, double derivative, double numerical)
    {
        Compared++;
        bool worse = double.IsNaN(error) ? !double.IsNaN(LargestError) : error > LargestError;
        if (worse || Compared == 1) { (LargestError, Where, Derivative, NumericalDerivative) = (error, where, derivative, numerical); }
    }
}
