using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>
/// The one traversal of all elementwise activations. The last elements are padded to a whole vector, so that every element takes the
/// same instructions and its bits do not depend on where in the span it stands.
/// </summary>
internal sealed class ElementwiseActivation<TFunction>(string name, TFunction function) : ActivationFunction
    where TFunction : struct, IElementwiseFunction, IEquatable<TFunction>
{
    private readonly TFunction function = function;

    /// <summary>The function with its parameters.</summary>
    public TFunction Function => function;

    public override string Name { get; } = name;

    public override bool DerivativeNeedsInput => TFunction.NeedsInput;

    public override void Forward(ReadOnlySpan<float> x, Span<float> y, int lastAxis)
    {
        TFunction f = function;
        for (int i = 0; i < x.Length; i += Vector256<float>.Count)
        {
            Padded.Store(f.Value(Padded.Load(x, i)), y, i);
        }
    }

    public override void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int lastAxis)
    {
        TFunction f = function;
        for (int i = 0; i < y.Length; i += Vector256<float>.Count)
        {
            Vector256<float> input = TFunction.NeedsInput ? Padded.Load(x, i) : default;
            Padded.Store(f.Derivative(input, Padded.Load(y, i)) * Padded.Load(dy, i), dx, i);
        }
    }

    /// <summary>Equal functions with equal parameters are equal.</summary>
    public override bool Equals(object? obj) =>
        obj is ElementwiseActivation<TFunction> other && Name == other.Name && function.Equals(other.function);

    public override int GetHashCode() => HashCode.Combine(Name, function);
}
