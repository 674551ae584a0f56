namespace Engram.Layers;

/// <summary>
/// A function that a layer applies to its output, and its derivative. The ready ones are in <c>Activations</c>; one of
/// one's own derives from this class.
/// </summary>
public abstract class ActivationFunction
{
    /// <summary>The name as Keras writes it, for example <c>hard_sigmoid</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Whether the derivative needs the input x. Where it does not (tanh' = 1 - y²), a layer need not keep x and may apply the
    /// function in place.
    /// </summary>
    public virtual bool DerivativeNeedsInput => false;

    /// <summary>The length of the output's last axis for an input's; the same for all but gated functions.</summary>
    public virtual int OutputLength(int lastAxis) => lastAxis;

    /// <summary>y = f(x). <paramref name="y"/> may be the same memory as <paramref name="x"/> unless the derivative needs x.</summary>
    /// <param name="x">The input: any number of rows of <paramref name="lastAxis"/> elements.</param>
    /// <param name="y">The output.</param>
    /// <param name="lastAxis">The length of a row; matters to functions such as softmax that look along it.</param>
    public abstract void Forward(ReadOnlySpan<float> x, Span<float> y, int lastAxis);

    /// <summary>dx = f'(x) dy. <paramref name="dx"/> may be the same memory as <paramref name="dy"/>.</summary>
    /// <param name="x">The input; empty where <see cref="DerivativeNeedsInput"/> is false.</param>
    /// <param name="y">The output of forward.</param>
    /// <param name="dy">The derivative with respect to the output.</param>
    /// <param name="dx">Overwritten with the derivative with respect to the input.</param>
    /// <param name="lastAxis">The length of a row of x.</param>
    public abstract void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int lastAxis);
}
