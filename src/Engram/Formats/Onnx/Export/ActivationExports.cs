using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>Activation functions as nodes, and by the names that recurrent nodes have for them.</summary>
internal static class ActivationExports
{
    /// <summary>f(x) as nodes; x itself where f is none.</summary>
    public static string Write(OnnxGraphWriter g, Layer layer, ActivationFunction f, string x) => f switch
    {
        ElementwiseActivation<Linear> => x,
        ElementwiseActivation<ReluFunction> => g.Node("Relu", [x]),
        ElementwiseActivation<Sigmoid> => g.Node("Sigmoid", [x]),
        ElementwiseActivation<Tanh> => g.Node("Tanh", [x]),
        SoftmaxActivation => g.Node("Softmax", [x], Attribute("axis", -1L)),
        LogSoftmaxActivation => g.Node("LogSoftmax", [x], Attribute("axis", -1L)),
        ElementwiseActivation<Softplus> => g.Node("Softplus", [x]),
        ElementwiseActivation<Softsign> => g.Node("Softsign", [x]),
        ElementwiseActivation<Exponential> => g.Node("Exp", [x]),
        ElementwiseActivation<Selu> => g.Node("Selu", [x]),
        ElementwiseActivation<HardSigmoid> => g.Node("HardSigmoid", [x], Attribute("alpha", 1f / 6), Attribute("beta", 0.5f)),
        ElementwiseActivation<SparseSigmoid> => g.Node("HardSigmoid", [x], Attribute("alpha", 0.5f), Attribute("beta", 0.5f)),
        ElementwiseActivation<HardSilu> => g.Node("HardSwish", [x]),
        ElementwiseActivation<Relu6> => Clip(g, x, 0, 6),
        ElementwiseActivation<HardTanh> => Clip(g, x, -1, 1),
        ElementwiseActivation<LogSigmoid> => g.Node("Neg", [g.Node("Softplus", [g.Node("Neg", [x])])]),
        ElementwiseActivation<Silu> => g.Node("Mul", [x, g.Node("Sigmoid", [x])]),
        ElementwiseActivation<Mish> => g.Node("Mul", [x, g.Node("Tanh", [g.Node("Softplus", [x])])]),
        ElementwiseActivation<TanhShrink> => g.Node("Sub", [x, g.Node("Tanh", [x])]),
        ElementwiseActivation<Gelu> => Gelu(g, x),
        ElementwiseActivation<ApproximateGelu> => ApproximateGelu(g, x),
        ElementwiseActivation<SparsePlus> => SparsePlus(g, x),
        ElementwiseActivation<LeakyReluFunction> leaky => g.Node("LeakyRelu", [x], Attribute("alpha", leaky.Function.Slope)),
        ElementwiseActivation<EluFunction> elu => g.Node("Elu", [x], Attribute("alpha", elu.Function.Alpha)),
        ElementwiseActivation<Celu> celu => g.Node("Celu", [x], Attribute("alpha", celu.Function.Alpha)),
        ElementwiseActivation<HardShrink> shrink => g.Node("Shrink", [x], Attribute("lambd", shrink.Function.Threshold), Attribute("bias", 0f)),
        ElementwiseActivation<SoftShrink> shrink => g.Node(
            "Shrink", [x], Attribute("lambd", shrink.Function.Threshold), Attribute("bias", shrink.Function.Threshold)),
        ElementwiseActivation<Squareplus> square => g.Node("Mul", [
            g.Node("Add", [x, g.Node("Sqrt", [g.Node("Add", [g.Node("Mul", [x, x]), g.Number(square.Function.B)])])]), g.Number(0.5f)]),
        ElementwiseActivation<Threshold> step => g.Node(
            "Where", [g.Node("Greater", [x, g.Number(step.Function.Limit)]), x, g.Number(step.Function.Otherwise)]),
        ElementwiseActivation<ClippedReluFunction> clipped => ClippedRelu(g, x, clipped.Function),
        GluActivation => Glu(g, x),
        ElementwiseActivation<ParametricFunction> parametric => Write(g, parametric.Function, x),
        _ => throw OnnxExporter.Unsupported(layer, $"nothing there computes the activation {f.Name}; use one of those that Activations has."),
    };

    /// <summary>The name, α and β of an activation within LSTM, GRU and RNN nodes.</summary>
    public static (string Name, float? Alpha, float? Beta) InNode(Layer layer, ActivationFunction f) => f switch
    {
        ElementwiseActivation<Tanh> => ("Tanh", null, null),
        ElementwiseActivation<Sigmoid> => ("Sigmoid", null, null),
        ElementwiseActivation<ReluFunction> => ("Relu", null, null),
        ElementwiseActivation<Softsign> => ("Softsign", null, null),
        ElementwiseActivation<Softplus> => ("Softplus", null, null),
        ElementwiseActivation<Linear> => ("Affine", 1, 0),
        ElementwiseActivation<HardSigmoid> => ("HardSigmoid", 1f / 6, 0.5f),
        ElementwiseActivation<SparseSigmoid> => ("HardSigmoid", 0.5f, 0.5f),
        ElementwiseActivation<LeakyReluFunction> leaky => ("LeakyRelu", leaky.Function.Slope, null),
        ElementwiseActivation<EluFunction> elu => ("Elu", elu.Function.Alpha, null),
        ElementwiseActivation<ParametricFunction> parametric => InNode(parametric.Function),
        _ => throw OnnxExporter.Unsupported(
            layer, $"recurrent nodes do not know the activation {f.Name}; they know tanh, sigmoid, relu, softsign, softplus, linear, hard_sigmoid, sparse_sigmoid, leaky_relu and elu."),
    };

    private static string Write(OnnxGraphWriter g, ParametricFunction f, string x)
    {
        if (f.HasLimit) { x = Clip(g, x, -f.Limit, f.Limit); }
        switch (f.Kind)
        {
            case FunctionKind.Affine: return g.Node("Add", [g.Node("Mul", [x, g.Number(f.Alpha)]), g.Number(f.Beta)]);
            case FunctionKind.ScaledTanh: return g.Node("Mul", [g.Node("Tanh", [g.Node("Mul", [x, g.Number(f.Beta)])]), g.Number(f.Alpha)]);
            case FunctionKind.HardSigmoid: return g.Node("HardSigmoid", [x], Attribute("alpha", f.Alpha), Attribute("beta", f.Beta));
            case FunctionKind.ThresholdedRelu or FunctionKind.Elu or FunctionKind.LeakyRelu or FunctionKind.Celu:
                return g.Node(f.Kind.ToString(), [x], Attribute("alpha", f.Alpha));
            case FunctionKind.Clip: return Clip(g, x, f.Alpha, f.Beta);
            case FunctionKind.Power: return g.Node("Pow", [x, g.Number(f.Alpha)]);
            case FunctionKind.Shrink: return g.Node("Shrink", [x], Attribute("lambd", f.Alpha), Attribute("bias", f.Beta));
            case FunctionKind.ApproximateGelu: return ApproximateGelu(g, x);
            case FunctionKind.NotEqual: return g.Number(g.Node("Not", [g.Node("Equal", [x, g.Number(f.Alpha)])]));
            case >= FunctionKind.Equal: return g.Number(g.Node(f.Kind.ToString(), [x, g.Number(f.Alpha)]));
            default: return g.Node(f.Kind.ToString(), [x]);
        }
    }

    private static (string Name, float? Alpha, float? Beta) InNode(ParametricFunction f) => f.Kind switch
    {
        FunctionKind.Affine or FunctionKind.HardSigmoid => (f.Kind.ToString(), f.Alpha, f.Beta),
        FunctionKind.ScaledTanh when (f.Alpha, f.Beta) == (1, 1) => ("Tanh", null, null),
        FunctionKind.ScaledTanh => ("ScaledTanh", f.Alpha, f.Beta),
        FunctionKind.ThresholdedRelu or FunctionKind.Elu or FunctionKind.LeakyRelu => (f.Kind.ToString(), f.Alpha, null),
        _ => (f.Kind.ToString(), null, null),
    };

    private static string Clip(OnnxGraphWriter g, string x, float low, float high) => g.Node("Clip", [x, g.Number(low), g.Number(high)]);

    // x Φ(x), Φ(x) = (1 + erf(x / √2)) / 2
    private static string Gelu(OnnxGraphWriter g, string x)
    {
        string erf = g.Node("Erf", [g.Node("Mul", [x, g.Number(0.70710678118654752f)])]);
        return g.Node("Mul", [g.Node("Mul", [x, g.Number(0.5f)]), g.Node("Add", [erf, g.Number(1)])]);
    }

    // x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2
    private static string ApproximateGelu(OnnxGraphWriter g, string x)
    {
        string cube = g.Node("Mul", [g.Node("Mul", [x, x]), x]);
        string u = g.Node("Mul", [g.Node("Add", [x, g.Node("Mul", [cube, g.Number(0.044715f)])]), g.Number(0.79788456080286536f)]);
        return g.Node("Mul", [g.Node("Mul", [x, g.Number(0.5f)]), g.Node("Add", [g.Node("Tanh", [u]), g.Number(1)])]);
    }

    private static string SparsePlus(OnnxGraphWriter g, string x)
    {
        string u = g.Node("Mul", [g.Node("Relu", [g.Node("Add", [x, g.Number(1)])]), g.Number(0.5f)]);
        return g.Node("Where", [g.Node("Greater", [x, g.Number(1)]), x, g.Node("Mul", [u, u])]);
    }

    private static string ClippedRelu(OnnxGraphWriter g, string x, ClippedReluFunction f)
    {
        string below = g.Node("Mul", [g.Node("Sub", [x, g.Number(f.Threshold)]), g.Number(f.Slope)]);
        string above = g.Node("Min", [x, g.Number(f.Limit)]);
        return g.Node("Where", [g.Node("LessOrEqual", [x, g.Number(f.Threshold)]), below, above]);
    }

    private static string Glu(OnnxGraphWriter g, string x)
    {
        string[] halves = g.Nodes("Split", 2, [x], Attribute("axis", -1L));
        return g.Node("Mul", [halves[0], g.Node("Sigmoid", [halves[1]])]);
    }
}
