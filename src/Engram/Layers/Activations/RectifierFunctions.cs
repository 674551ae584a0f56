using System.Runtime.Intrinsics;
using static Engram.Layers.VectorFunctions;

namespace Engram.Layers;

// Functions made of pieces. Comparisons are written so that NaN falls to the piece that keeps it.

/// <summary>max(x, 0).</summary>
internal readonly record struct ReluFunction : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => Kernels.ReluGate.Value<Kernels.Isa256, Vector256<float>>(x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Kernels.ReluGate.Slope<Kernels.Isa256, Vector256<float>>(y);
}

/// <summary>x above 0, slope x below; slope ≥ 0, so that the sign of y is that of x.</summary>
internal readonly record struct LeakyReluFunction(float Slope) : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) =>
        Vector256.ConditionalSelect(Pieces.AtMost(x, 0), x * Vector256.Create(Slope), x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Pieces.Select(Pieces.AtMost(y, 0), Slope, 1);
}

/// <summary>min(max(x, 0), 6).</summary>
internal readonly record struct Relu6 : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => Pieces.Clamp(x, 0, 6);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Pieces.Inside(y, 0, 6, 1);
}

/// <summary>x above 0, alpha (exp(x) - 1) below; alpha ≥ 0.</summary>
internal readonly record struct EluFunction(float Alpha) : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) =>
        Vector256.ConditionalSelect(Pieces.Above(x, 0), x, Vector256.Create(Alpha) * ExpMinusOne(x));

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) =>
        Vector256.ConditionalSelect(Pieces.Above(y, 0), One, y + Vector256.Create(Alpha));
}

/// <summary>x above 0, alpha (exp(x / alpha) - 1) below; alpha > 0.</summary>
internal readonly record struct Celu(float Alpha) : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) =>
        Vector256.ConditionalSelect(Pieces.Above(x, 0), x, Vector256.Create(Alpha) * ExpMinusOne(x / Vector256.Create(Alpha)));

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) =>
        Vector256.ConditionalSelect(Pieces.Above(y, 0), One, One + (y / Vector256.Create(Alpha)));
}

/// <summary>scale x above 0, scale alpha (exp(x) - 1) below, with the two constants that keep mean 0 and variance 1.</summary>
internal readonly record struct Selu : IElementwiseFunction
{
    private const float Alpha = 1.6732632423543772f;
    private const float Scale = 1.0507009873554805f;

    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) => Vector256.ConditionalSelect(
        Pieces.Above(x, 0), Vector256.Create(Scale) * x, Vector256.Create(Scale * Alpha) * ExpMinusOne(x));

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) =>
        Vector256.ConditionalSelect(Pieces.Above(y, 0), Vector256.Create(Scale), y + Vector256.Create(Scale * Alpha));
}

/// <summary>x above the threshold, a fixed value elsewhere.</summary>
internal readonly record struct Threshold(float Limit, float Otherwise) : IElementwiseFunction
{
    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) =>
        Vector256.ConditionalSelect(Pieces.AtMost(x, Limit), Vector256.Create(Otherwise), x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Pieces.Select(Pieces.AtMost(x, Limit), 0, 1);
}

/// <summary>0 within ±threshold, x outside.</summary>
internal readonly record struct HardShrink(float Threshold) : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) =>
        Vector256.ConditionalSelect(Pieces.AtMost(Vector256.Abs(x), Threshold), Vector256<float>.Zero, x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Pieces.Select(Pieces.AtMost(Vector256.Abs(y), 0), 0, 1);
}

/// <summary>0 within ±threshold, outside x moved towards 0 by the threshold.</summary>
internal readonly record struct SoftShrink(float Threshold) : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x) =>
        Vector256.CopySign(Vector256.Max(Vector256.Abs(x) - Vector256.Create(Threshold), Vector256<float>.Zero), x);

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Pieces.Select(Pieces.AtMost(Vector256.Abs(y), 0), 0, 1);
}

/// <summary>0 below -1, (x + 1)² / 4 up to 1, x above. In the middle f' = (x + 1) / 2 = √y.</summary>
internal readonly record struct SparsePlus : IElementwiseFunction
{
    public static bool NeedsInput => false;

    public Vector256<float> Value(Vector256<float> x)
    {
        Vector256<float> u = Vector256.Max(x + One, Vector256<float>.Zero) * OneHalf;
        return Vector256.ConditionalSelect(Pieces.Above(x, 1), x, u * u);
    }

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Vector256.Min(Vector256.Sqrt(y), One);
}

/// <summary>Above the threshold x, at most the limit; below it slope (x - threshold). Threshold, limit and slope ≥ 0.</summary>
internal readonly record struct ClippedReluFunction(float Slope, float Limit, float Threshold) : IElementwiseFunction
{
    public static bool NeedsInput => true;

    public Vector256<float> Value(Vector256<float> x) => Vector256.ConditionalSelect(
        Pieces.AtMost(x, Threshold), Vector256.Create(Slope) * (x - Vector256.Create(Threshold)), Vector256.Min(x, Vector256.Create(Limit)));

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y) => Vector256.ConditionalSelect(
        Pieces.AtMost(x, Threshold), Vector256.Create(Slope), Pieces.Select(Pieces.AtMost(x, Limit), 1, 0));
}
