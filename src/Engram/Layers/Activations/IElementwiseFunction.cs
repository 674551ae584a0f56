using System.Runtime.Intrinsics;

namespace Engram.Layers;

/// <summary>
/// A function of one number and its derivative, for eight numbers at once; <see cref="ElementwiseActivation{TFunction}"/> does the rest.
/// </summary>
internal interface IElementwiseFunction
{
    /// <summary>Whether <see cref="Derivative"/> looks at x.</summary>
    static abstract bool NeedsInput { get; }

    /// <summary>y = f(x).</summary>
    Vector256<float> Value(Vector256<float> x);

    /// <summary>f'(x), from y = f(x) wherever that is enough; <paramref name="x"/> is 0 then.</summary>
    Vector256<float> Derivative(Vector256<float> x, Vector256<float> y);
}
