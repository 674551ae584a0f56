using System.Runtime.Intrinsics;
using static Engram.Layers.VectorFunctions;

namespace Engram.Layers;

// Functions that rise from one level to another or to a line; the derivative of each (but for HardTanh) follows from y.

/// <summary>x.</summary>
internal readonly record struct Linear : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => x;

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => One;
}

/// <summary>1 / (1 + exp(-x)); f' = y (1 - y).</summary>
internal readonly record struct Sigmoid : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => VectorFunctions.Sigmoid(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => y * (One - y);
}

/// <summary>tanh(x); f' = 1 - y².</summary>
internal readonly record struct Tanh : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => VectorFunctions.Tanh(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => One - (y * y);
}

/// <summary>exp(x); f' = y.</summary>
internal readonly record struct Exponential : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => Exp(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => y;
}

/// <summary>log(1 + exp(x)); f' = sigmoid(x) = 1 - exp(-y).</summary>
internal readonly record struct Softplus : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => VectorFunctions.Softplus(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => -ExpMinusOne(-y);
}

/// <summary>log(sigmoid(x)); f' = 1 - sigmoid(x) = 1 - exp(y).</summary>
internal readonly record struct LogSigmoid : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => -VectorFunctions.Softplus(-x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => -ExpMinusOne(y);
}

/// <summary>x / (1 + |x|); f' = (1 - |y|)².</summary>
internal readonly record struct Softsign : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => x / (One + Vector256.Abs(x));

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y)
    {
        Vector256<float> d = One - Vector256.Abs(y);
        return d * d;
    }
}

/// <summary>(x + √(x² + b)) / 2, b > 0; f' = y² / (y² + b / 4), because y (y - x) = b / 4.</summary>
internal readonly record struct Squareplus(float B) : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x)
    {
        // For x < 0 the same quotient turned over: no digits cancel.
        Vector256<float> b = Vector256.Create(B);
        Vector256<float> sum = Vector256.Abs(x) + Vector256.Sqrt((x * x) + b);
        return OneHalf * Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), b / sum, sum);
    }

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => One / (One + (Vector256.Create(B / 4) / (y * y)));
}

/// <summary>min(max(x + 3, 0), 6) / 6.</summary>
internal readonly record struct HardSigmoid : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => Kernels.HardSigmoidGate.Value<Kernels.Isa256, Vector256<float>>(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Kernels.HardSigmoidGate.Slope<Kernels.Isa256, Vector256<float>>(y);
}

/// <summary>min(max(x, -1), 1); f' is 1 at ±1 too, as in Keras, which y does not tell.</summary>
internal readonly record struct HardTanh : IElementwiseFunction
{
    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) => Pieces.Clamp(x, -1, 1);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Pieces.Select(Pieces.AtMost(Vector256.Abs(x), 1), 1, 0);
}

/// <summary>min(max((x + 1) / 2, 0), 1).</summary>
internal readonly record struct SparseSigmoid : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => Pieces.Clamp((x + One) * OneHalf, 0, 1);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Pieces.Inside(y, 0, 1, 0.5f);
}
