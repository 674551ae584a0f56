using System.Runtime.Intrinsics;
using static Engram.Layers.VectorFunctions;

namespace Engram.Layers;

// Functions x g(x), which are not monotone, and x - tanh(x): their derivatives need x.

/// <summary>x s with s = sigmoid(x); f' = s (1 + x (1 - s)).</summary>
internal readonly record struct Silu : IElementwiseFunction
{
    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) => x * VectorFunctions.Sigmoid(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y)
    {
        Vector256<float> s = VectorFunctions.Sigmoid(x);
        return s * (One + (x * (One - s)));
    }
}

/// <summary>x Φ(x) with the normal distribution function Φ; f' = Φ(x) + x φ(x) with its density φ.</summary>
internal readonly record struct Gelu : IElementwiseFunction
{
    private const float InverseRootOfTwoPi = 0.39894228f;

    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) => x * NormalCumulative(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) =>
        NormalCumulative(x) + (x * Vector256.Create(InverseRootOfTwoPi) * Exp(-OneHalf * x * x));
}

/// <summary>x (1 + tanh(u)) / 2 with u = √(2/π) (x + 0.044715 x³); f' = (1 + tanh(u)) / 2 + x (1 - tanh²(u)) u' / 2.</summary>
internal readonly record struct ApproximateGelu : IElementwiseFunction
{
    private const float RootOfTwoOverPi = 0.79788456f;
    private const float Cubic = 0.044715f;

    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) => OneHalf * x * (One + TanhOfU(x));

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y)
    {
        x = Pieces.Clamp(x, -16, 16); // the derivative is constant outside, where 0 times infinity would be NaN
        Vector256<float> t = TanhOfU(x);
        Vector256<float> du = Vector256.Create(RootOfTwoOverPi) * (One + (Vector256.Create(3 * Cubic) * x * x));
        return OneHalf * (One + t + (x * (One - (t * t)) * du));
    }

    private static Vector256<float> TanhOfU(Vector256<float> x) =>
        VectorFunctions.Tanh(Vector256.Create(RootOfTwoOverPi) * x * (One + (Vector256.Create(Cubic) * x * x)));
}

/// <summary>x h with h = hard_sigmoid(x); f' = h + x h'.</summary>
internal readonly record struct HardSilu : IElementwiseFunction
{
    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) => x * default(HardSigmoid).Value(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y)
    {
        Vector256<float> h = default(HardSigmoid).Value(x);
        return h + (x * default(HardSigmoid).Derivative(x, h));
    }
}

/// <summary>x t with t = tanh(softplus(x)); f' = t + x (1 - t²) sigmoid(x).</summary>
internal readonly record struct Mish : IElementwiseFunction
{
    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) => x * VectorFunctions.Tanh(VectorFunctions.Softplus(x));

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y)
    {
        Vector256<float> t = VectorFunctions.Tanh(VectorFunctions.Softplus(x));
        return t + (x * (One - (t * t)) * VectorFunctions.Sigmoid(x));
    }
}

/// <summary>x - tanh(x); f' = tanh²(x).</summary>
internal readonly record struct TanhShrink : IElementwiseFunction
{
    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) => x - VectorFunctions.Tanh(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y)
    {
        Vector256<float> t = VectorFunctions.Tanh(x);
        return t * t;
    }
}
