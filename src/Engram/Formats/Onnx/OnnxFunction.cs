using System.Runtime.Intrinsics;
using Engram.Formats.Onnx.Export;
using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx;

/// <summary>Functions of one number that ONNX has and Keras does not, or not with these parameters.</summary>
internal enum OnnxFunctionKind
{
    /// <summary>α x + β</summary>
    Affine,

    /// <summary>1 / (1 + exp(-x))</summary>
    Sigmoid,

    /// <summary>α tanh(β x)</summary>
    ScaledTanh,

    /// <summary>α x + β, at least 0 and at most 1</summary>
    HardSigmoid,

    /// <summary>max(x, 0)</summary>
    Relu,

    /// <summary>x above α, 0 elsewhere</summary>
    ThresholdedRelu,

    /// <summary>x / (1 + |x|)</summary>
    Softsign,

    /// <summary>log(1 + exp(x))</summary>
    Softplus,

    /// <summary>x above 0, α (exp(x) - 1) below</summary>
    Elu,

    /// <summary>x above 0, α x below</summary>
    LeakyRelu,

    /// <summary>√x</summary>
    Sqrt,

    /// <summary>1 / x</summary>
    Reciprocal,

    /// <summary>|x|</summary>
    Abs,

    /// <summary>log(x)</summary>
    Log,

    /// <summary>The error function.</summary>
    Erf,
}

/// <summary>f of x limited to ±limit, as the recurrent nodes of ONNX limit what goes into their activations; infinite for no limit.</summary>
internal readonly record struct OnnxFunction(OnnxFunctionKind Kind, float Alpha, float Beta, float Limit = float.PositiveInfinity) : IElementwiseFunction
{
    private const float RootTwo = 1.41421356237309505f, TwoOverRootPi = 1.12837916709551257f;

    public static bool NeedsInput => true;

    public bool HasLimit => float.IsFinite(Limit);

    public Vector256<float> Value(Vector256<float> x)
    {
        if (HasLimit) { x = Pieces.Clamp(x, -Limit, Limit); }
        Vector256<float> alpha = Vector256.Create(Alpha), beta = Vector256.Create(Beta);
        return Kind switch
        {
            OnnxFunctionKind.Affine => (alpha * x) + beta,
            OnnxFunctionKind.Sigmoid => VectorFunctions.Sigmoid(x),
            OnnxFunctionKind.ScaledTanh => alpha * VectorFunctions.Tanh(beta * x),
            OnnxFunctionKind.HardSigmoid => Pieces.Clamp((alpha * x) + beta, 0, 1),
            OnnxFunctionKind.Relu => default(ReluFunction).Value(x),
            OnnxFunctionKind.ThresholdedRelu => Vector256.ConditionalSelect(Pieces.AtMost(x, Alpha), Vector256<float>.Zero, x),
            OnnxFunctionKind.Softsign => default(Softsign).Value(x),
            OnnxFunctionKind.Softplus => VectorFunctions.Softplus(x),
            OnnxFunctionKind.Elu => new EluFunction(Alpha).Value(x),
            OnnxFunctionKind.LeakyRelu => new LeakyReluFunction(Alpha).Value(x),
            OnnxFunctionKind.Sqrt => Vector256.Sqrt(x),
            OnnxFunctionKind.Reciprocal => Vector256<float>.One / x,
            OnnxFunctionKind.Abs => Vector256.Abs(x),
            OnnxFunctionKind.Log => VectorFunctions.Log(x),
            _ => (VectorFunctions.NormalCumulative(x * Vector256.Create(RootTwo)) * Vector256.Create(2f)) - Vector256<float>.One,
        };
    }

    public Vector256<float> Derivative(Vector256<float> x, Vector256<float> y)
    {
        Vector256<float> slope = Slope(x, y);
        return HasLimit ? Vector256.ConditionalSelect(Pieces.AtMost(Vector256.Abs(x), Limit), slope, Vector256<float>.Zero) : slope;
    }

    private Vector256<float> Slope(Vector256<float> x, Vector256<float> y)
    {
        Vector256<float> alpha = Vector256.Create(Alpha), one = Vector256<float>.One;
        return Kind switch
        {
            OnnxFunctionKind.Affine => alpha,
            OnnxFunctionKind.Sigmoid => default(Sigmoid).Derivative(x, y),
            OnnxFunctionKind.ScaledTanh => Vector256.Create(Beta) * (alpha - (y * y / alpha)),
            OnnxFunctionKind.HardSigmoid => Pieces.Inside(y, 0, 1, Alpha),
            OnnxFunctionKind.Relu => default(ReluFunction).Derivative(x, y),
            OnnxFunctionKind.ThresholdedRelu => Pieces.Select(Pieces.AtMost(x, Alpha), 0, 1),
            OnnxFunctionKind.Softsign => default(Softsign).Derivative(x, y),
            OnnxFunctionKind.Softplus => default(Softplus).Derivative(x, y),
            OnnxFunctionKind.Elu => new EluFunction(Alpha).Derivative(x, y),
            OnnxFunctionKind.LeakyRelu => Pieces.Select(Pieces.AtMost(x, 0), Alpha, 1),
            OnnxFunctionKind.Sqrt => one / (y + y),
            OnnxFunctionKind.Reciprocal => -(y * y),
            OnnxFunctionKind.Abs => Vector256.CopySign(one, x),
            OnnxFunctionKind.Log => one / x,
            _ => Vector256.Create(TwoOverRootPi) * VectorFunctions.Exp(-(x * x)),
        };
    }

    /// <summary>The function as nodes.</summary>
    public string Write(OnnxGraphWriter g, string x)
    {
        if (HasLimit) { x = g.Node("Clip", [x, g.Number(-Limit), g.Number(Limit)]); }
        switch (Kind)
        {
            case OnnxFunctionKind.Affine: return g.Node("Add", [g.Node("Mul", [x, g.Number(Alpha)]), g.Number(Beta)]);
            case OnnxFunctionKind.ScaledTanh: return g.Node("Mul", [g.Node("Tanh", [g.Node("Mul", [x, g.Number(Beta)])]), g.Number(Alpha)]);
            case OnnxFunctionKind.HardSigmoid: return g.Node("HardSigmoid", [x], Attribute("alpha", Alpha), Attribute("beta", Beta));
            case OnnxFunctionKind.ThresholdedRelu or OnnxFunctionKind.Elu or OnnxFunctionKind.LeakyRelu:
                return g.Node(Kind.ToString(), [x], Attribute("alpha", Alpha));
            default: return g.Node(Kind.ToString(), [x]);
        }
    }

    /// <summary>Its name, α and β within a recurrent node.</summary>
    public (string Name, float? Alpha, float? Beta) InNode() => Kind switch
    {
        OnnxFunctionKind.Affine or OnnxFunctionKind.HardSigmoid => (Kind.ToString(), Alpha, Beta),
        OnnxFunctionKind.ScaledTanh when (Alpha, Beta) == (1, 1) => ("Tanh", null, null),
        OnnxFunctionKind.ScaledTanh => ("ScaledTanh", Alpha, Beta),
        OnnxFunctionKind.ThresholdedRelu or OnnxFunctionKind.Elu or OnnxFunctionKind.LeakyRelu => (Kind.ToString(), Alpha, null),
        _ => (Kind.ToString(), null, null),
    };
}
