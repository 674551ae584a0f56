using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Operators that compute element by element.</summary>
internal static class ElementwiseOperators
{
    /// <summary>The function of one number that an operator is, or null.</summary>
    public static ActivationFunction? Function(OnnxContext c)
    {
        switch (c.Node.OpType)
        {
            case "Relu": return Activations.Relu;
            case "Tanh": return Activations.Tanh;
            case "Sigmoid": return Activations.Sigmoid;
            case "Softplus": return Activations.Softplus;
            case "Softsign": return Activations.Softsign;
            case "Exp": return Activations.Exponential;
            case "Selu" when c.Attribute("alpha") is null && c.Attribute("gamma") is null: return Activations.Selu;
            case "Mish": return Activations.Mish;
            case "HardSwish": return Activations.HardSilu;
            case "Gelu": return Activations.Gelu(c.Attribute("approximate")?.Text == "tanh");
            case "Celu": return Activations.Celu(c.Single("alpha", 1));
            case "Elu": return Activations.Elu(c.Single("alpha", 1));
            case "LeakyRelu": return LeakyRelu(c.Single("alpha", 0.01f));
            case "HardSigmoid": return HardSigmoid(c.Single("alpha", 0.2f), c.Single("beta", 0.5f));
            case "ThresholdedRelu": return Of(OnnxFunctionKind.ThresholdedRelu, c.Single("alpha", 1), 0);
            case "Neg": return Of(OnnxFunctionKind.Affine, -1, 0);
            case "Sqrt": return Of(OnnxFunctionKind.Sqrt);
            case "Reciprocal": return Of(OnnxFunctionKind.Reciprocal);
            case "Abs": return Of(OnnxFunctionKind.Abs);
            case "Log": return Of(OnnxFunctionKind.Log);
            case "Erf": return Of(OnnxFunctionKind.Erf);
            default: return null;
        }
    }

    /// <summary>The function that a recurrent node names.</summary>
    public static ActivationFunction Named(OnnxContext c, string name, float? alpha, float? beta, float limit)
    {
        (OnnxFunctionKind kind, float a, float b) = name.ToUpperInvariant() switch
        {
            "TANH" => (OnnxFunctionKind.ScaledTanh, 1, 1),
            "SIGMOID" => (OnnxFunctionKind.Sigmoid, 0, 0),
            "RELU" => (OnnxFunctionKind.Relu, 0, 0),
            "AFFINE" => (OnnxFunctionKind.Affine, alpha ?? 1, beta ?? 0),
            "LEAKYRELU" => (OnnxFunctionKind.LeakyRelu, alpha ?? 0.01f, 0),
            "THRESHOLDEDRELU" => (OnnxFunctionKind.ThresholdedRelu, alpha ?? 1, 0),
            "SCALEDTANH" => (OnnxFunctionKind.ScaledTanh, alpha ?? 1, beta ?? 1),
            "HARDSIGMOID" => (OnnxFunctionKind.HardSigmoid, alpha ?? 0.2f, beta ?? 0.5f),
            "ELU" => (OnnxFunctionKind.Elu, alpha ?? 1, 0),
            "SOFTSIGN" => (OnnxFunctionKind.Softsign, 0, 0),
            "SOFTPLUS" => (OnnxFunctionKind.Softplus, 0, 0),
            _ => throw c.Error($"has the activation '{name}'; Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, HardSigmoid, Elu, Softsign and Softplus are known"),
        };
        if (float.IsFinite(limit)) { return Of(kind, a, b, limit); }
        return kind switch
        {
            OnnxFunctionKind.ScaledTanh when (a, b) == (1, 1) => Activations.Tanh,
            OnnxFunctionKind.Sigmoid => Activations.Sigmoid,
            OnnxFunctionKind.Relu => Activations.Relu,
            OnnxFunctionKind.Affine when (a, b) == (1, 0) => Activations.Linear,
            OnnxFunctionKind.LeakyRelu => LeakyRelu(a),
            OnnxFunctionKind.HardSigmoid => HardSigmoid(a, b),
            OnnxFunctionKind.Elu when a >= 0 => Activations.Elu(a),
            OnnxFunctionKind.Softsign => Activations.Softsign,
            OnnxFunctionKind.Softplus => Activations.Softplus,
            _ => Of(kind, a, b),
        };
    }

    public static OnnxValue Binary(OnnxContext c)
    {
        string op = c.Node.OpType;
        OnnxValue result = c.Input(0);
        for (int i = 1; i < c.InputCount; i++) { result = Combine(c, op, result, c.Input(i)); }
        if (op == "Mean" && c.InputCount > 1) { result = c.Elementwise(result, () => new Activation(Of(OnnxFunctionKind.Affine, 1f / c.InputCount, 0))); }
        return result;
    }

    private static OnnxValue Combine(OnnxContext c, string op, OnnxValue a, OnnxValue b)
    {
        if (a is OnnxNumbers || b is OnnxNumbers) { return Numbers(c, op, a, b); }
        if (a is not OnnxFlow && b is not OnnxFlow) { return Constants(c, op, a, b); }
        if (Scalar(b) is { } second && a is OnnxFlow && WithScalar(op, second) is { } after) { return c.Elementwise(a, () => new Activation(after)); }
        if (Scalar(a) is { } first && b is OnnxFlow && BeforeScalar(op, first) is { } before)
        {
            return before.Aggregate(b, (value, function) => c.Elementwise(value, () => new Activation(function)));
        }

        if (op == "Pow") { throw c.Error("has an exponent that is not 1, 0.5 or -1"); }
        return Arrays(c, op, a, b);
    }

    private static ActivationFunction? WithScalar(string op, float s) => op switch
    {
        "Add" or "Sum" or "Mean" => Of(OnnxFunctionKind.Affine, 1, s),
        "Sub" => Of(OnnxFunctionKind.Affine, 1, -s),
        "Mul" => Of(OnnxFunctionKind.Affine, s, 0),
        "Div" => Of(OnnxFunctionKind.Affine, 1 / s, 0),
        "Pow" when s == 1 => Activations.Linear,
        "Pow" when s == 0.5f => Of(OnnxFunctionKind.Sqrt),
        "Pow" when s == -1 => Of(OnnxFunctionKind.Reciprocal),
        "Max" when s == 0 => Activations.Relu,
        _ => null,
    };

    private static ActivationFunction[]? BeforeScalar(string op, float s) => op switch
    {
        "Add" or "Sum" or "Mean" => [Of(OnnxFunctionKind.Affine, 1, s)],
        "Sub" => [Of(OnnxFunctionKind.Affine, -1, s)],
        "Mul" => [Of(OnnxFunctionKind.Affine, s, 0)],
        "Div" => [Of(OnnxFunctionKind.Reciprocal), Of(OnnxFunctionKind.Affine, s, 0)],
        "Max" when s == 0 => [Activations.Relu],
        _ => null,
    };

    private static float? Scalar(OnnxValue value) => value switch
    {
        OnnxConstant { Count: 1 } constant when constant.Rank == 0 || constant.Shape.All(length => length == 1) => constant.Floats()[0],
        OnnxFilled filled => filled.Value,
        _ => null,
    };

    // Two arrays that are broadcast; at least one flows. Both are brought to the shape batch first, all other axes in order.
    private static OnnxFlow Arrays(OnnxContext c, string op, OnnxValue a, OnnxValue b)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        var flow = (a as OnnxFlow ?? b as OnnxFlow)!;
        int batch = flow.BatchAxis < 0 ? -1 : flow.BatchAxis + rank - flow.Rank;
        Dim[] dims = [.. Enumerable.Range(0, rank).Select(axis => Common(c, At(a, axis, rank), At(b, axis, rank)))];
        SymbolicTensor x = Aligned(c, a, rank, batch, flow), y = Aligned(c, b, rank, batch, flow);
        Layer layer = op switch
        {
            "Add" or "Sum" or "Mean" => new Add(),
            "Sub" => new Subtract(),
            "Mul" => new Multiply(),
            "Max" => new Maximum(),
            "Min" => new Minimum(),
            _ => new Multiply(),
        };
        if (op == "Div") { y = c.Apply(new Activation(Of(OnnxFunctionKind.Reciprocal)), y); }
        return OnnxFlow.Of(c.Apply(layer, x, y), dims, batch);
    }

    private static Dim At(OnnxValue value, int axis, int rank) => axis < rank - value.Rank ? Dim.One : value.Dims[axis - rank + value.Rank];

    private static Dim Common(OnnxContext c, Dim a, Dim b) => a == b || b == Dim.One ? a : a == Dim.One ? b
        : c.Importer.SameLength(a, b) ? (a.IsBatch ? a : b)
        : throw c.Error($"has inputs of {a} and {b} places along one axis, which do not go together");

    private static SymbolicTensor Aligned(OnnxContext c, OnnxValue value, int rank, int batch, OnnxFlow other)
    {
        if (value is OnnxFlow flow)
        {
            SymbolicTensor tensor = c.BatchFirst(flow, out int own);
            if (own + rank - flow.Rank != batch) { throw c.Error("has inputs whose batch is not the same axis"); }
            // Axes of length 1 before the others; those before the batch stand behind it here.
            Dim[] before = [.. OnnxFlow.BatchFirst(flow.Rank, own).Select(axis => flow.Dims[axis])];
            Dim[] after = [Dim.Batch, .. Enumerable.Repeat(Dim.One, rank - flow.Rank), .. before[1..]];
            return c.Reshaped(tensor, before, after);
        }

        if (value is not OnnxConstant { IsFloat: true } constant) { throw c.Error("computes with an array of whole numbers; expected one of numbers"); }
        int[] shape = [.. Enumerable.Repeat(1, rank - constant.Rank), .. constant.Shape];
        if (batch < 0 || shape[batch] != 1) { throw c.Error($"has an array of the shape {constant.Describe()} with a place for each sample of the batch, which would fix the batch"); }
        int[] axes = [.. Enumerable.Range(0, rank).Where(axis => axis != batch).Select(axis => shape[axis])];
        if (axes.Contains(0)) { throw c.Error("computes with an empty array"); }
        return c.Spread(axes, other.Tensor, constant.Floats, trainable: true);
    }

    private static OnnxNumbers Numbers(OnnxContext c, string op, OnnxValue a, OnnxValue b)
    {
        Dim[] x = c.Numbers(a), y = c.Numbers(b);
        int count = x.Length == 1 ? y.Length : y.Length == 1 ? x.Length : x.Length == y.Length ? x.Length : throw c.Error($"has lists of {x.Length} and {y.Length} numbers");
        Dim Value(Dim p, Dim q) => op switch
        {
            "Mul" => p * q,
            "Div" => p.DividedBy(q) ?? throw c.Error($"divides {p} by {q}, which is known only when the graph runs"),
            "Add" when p.Symbols == q.Symbols => new Dim(checked(p.Factor + q.Factor), p.Symbols),
            "Sub" when p.Symbols == q.Symbols => new Dim(checked(p.Factor - q.Factor), p.Symbols),
            _ => throw c.Error($"computes {op} of {p} and {q}, which is known only when the graph runs"),
        };
        Dim[] values = [.. Enumerable.Range(0, count).Select(i => Value(x[x.Length == 1 ? 0 : i], y[y.Length == 1 ? 0 : i]))];
        return new OnnxNumbers(values, a.Rank == 0 && b.Rank == 0);
    }

    private static OnnxConstant Constants(OnnxContext c, string op, OnnxValue a, OnnxValue b)
    {
        if (a is not OnnxConstant { IsFloat: true } x || b is not OnnxConstant { IsFloat: true } y || (x.Count != y.Count && x.Count != 1 && y.Count != 1))
        {
            throw c.Error("computes with two arrays that do not depend on the model's inputs and have different shapes");
        }

        Func<float, float, float> f = op switch
        {
            "Add" or "Sum" or "Mean" => (p, q) => p + q,
            "Sub" => (p, q) => p - q,
            "Mul" => (p, q) => p * q,
            "Div" => (p, q) => p / q,
            "Max" => Math.Max,
            "Min" => Math.Min,
            _ => MathF.Pow,
        };
        OnnxConstant shape = x.Count >= y.Count ? x : y;
        c.Importer.Fold(c, shape.Count);
        float[] left = x.Floats(), right = y.Floats();
        float[] values = [.. Enumerable.Range(0, shape.Count).Select(i => f(left[left.Length == 1 ? 0 : i], right[right.Length == 1 ? 0 : i]))];
        return new OnnxConstant(c.Node.Outputs[0], shape.Shape, () => values, null);
    }

    private static ActivationFunction LeakyRelu(float slope) => slope >= 0 ? Activations.LeakyRelu(slope) : Of(OnnxFunctionKind.LeakyRelu, slope, 0);

    private static ActivationFunction HardSigmoid(float alpha, float beta) =>
        (alpha, beta) == (1f / 6, 0.5f) ? Activations.HardSigmoid : Of(OnnxFunctionKind.HardSigmoid, alpha, beta);

    private static ElementwiseActivation<OnnxFunction> Of(OnnxFunctionKind kind, float alpha = 0, float beta = 0, float limit = float.PositiveInfinity) =>
        new($"onnx_{LayerNames.SnakeCase(kind.ToString())}", new OnnxFunction(kind, alpha, beta, limit));
}
