using System.Runtime.Intrinsics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>Functions of one number that graphs of other programs have and Keras does not, or not with these parameters.</summary>
internal enum FunctionKind
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

    /// <summary>x, at least α and at most β</summary>
    Clip,

    /// <summary>x to the power of α</summary>
    Power,

    /// <summary>x + β below -α, x - β above α, 0 between</summary>
    Shrink,

    /// <summary>x above 0, α (exp(x / α) - 1) below</summary>
    Celu,

    /// <summary>x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2</summary>
    ApproximateGelu,

    /// <summary>1 where x = α, 0 elsewhere; so the others that compare</summary>
    Equal,

    /// <summary>x ≠ α</summary>
    NotEqual,

    /// <summary>x &lt; α</summary>
    Less,

    /// <summary>x ≤ α</summary>
    LessOrEqual,

    /// <summary>x > α</summary>
    Greater,

    /// <summary>x ≥ α</summary>
    GreaterOrEqual,
}

/// <summary>f of x limited to ±limit, as the recurrent nodes of ONNX limit what goes into their activations; infinite for no limit.</summary>
internal readonly record struct ParametricFunction(FunctionKind Kind, float Alpha, float Beta, float Limit = float.PositiveInfinity) : IElementwiseFunction
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
            FunctionKind.Affine => (alpha * x) + beta,
            FunctionKind.Sigmoid => VectorFunctions.Sigmoid(x),
            FunctionKind.ScaledTanh => alpha * VectorFunctions.Tanh(beta * x),
            FunctionKind.HardSigmoid => Pieces.Clamp((alpha * x) + beta, 0, 1),
            FunctionKind.Relu => default(ReluFunction).Value(x),
            FunctionKind.ThresholdedRelu => Vector256.ConditionalSelect(Pieces.AtMost(x, Alpha), Vector256<float>.Zero, x),
            FunctionKind.Softsign => default(Softsign).Value(x),
            FunctionKind.Softplus => VectorFunctions.Softplus(x),
            FunctionKind.Elu => new EluFunction(Alpha).Value(x),
            FunctionKind.LeakyRelu => new LeakyReluFunction(Alpha).Value(x),
            FunctionKind.Sqrt => Vector256.Sqrt(x),
            FunctionKind.Reciprocal => Vector256<float>.One / x,
            FunctionKind.Abs => Vector256.Abs(x),
            FunctionKind.Log => VectorFunctions.Log(x),
            FunctionKind.Clip => Pieces.Clamp(x, Alpha, Beta),
            FunctionKind.Power => Power(x, Alpha),
            FunctionKind.Shrink => Vector256.ConditionalSelect(
                Vector256.LessThan(x, -alpha), x + beta, Vector256.ConditionalSelect(Vector256.GreaterThan(x, alpha), x - beta, Vector256<float>.Zero)),
            FunctionKind.Celu => new Celu(Alpha).Value(x),
            FunctionKind.ApproximateGelu => default(ApproximateGelu).Value(x),
            FunctionKind.Equal => Truth(Vector256.Equals(x, alpha)),
            FunctionKind.NotEqual => Truth(~Vector256.Equals(x, alpha)),
            FunctionKind.Less => Truth(Vector256.LessThan(x, alpha)),
            FunctionKind.LessOrEqual => Truth(Vector256.LessThanOrEqual(x, alpha)),
            FunctionKind.Greater => Truth(Vector256.GreaterThan(x, alpha)),
            FunctionKind.GreaterOrEqual => Truth(Vector256.GreaterThanOrEqual(x, alpha)),
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
            FunctionKind.Affine => alpha,
            FunctionKind.Sigmoid => default(Sigmoid).Derivative(x, y),
            FunctionKind.ScaledTanh => Vector256.Create(Beta) * (alpha - (y * y / alpha)),
            FunctionKind.HardSigmoid => Pieces.Inside(y, 0, 1, Alpha),
            FunctionKind.Relu => default(ReluFunction).Derivative(x, y),
            FunctionKind.ThresholdedRelu => Pieces.Select(Pieces.AtMost(x, Alpha), 0, 1),
            FunctionKind.Softsign => default(Softsign).Derivative(x, y),
            FunctionKind.Softplus => default(Softplus).Derivative(x, y),
            FunctionKind.Elu => new EluFunction(Alpha).Derivative(x, y),
            FunctionKind.LeakyRelu => Pieces.Select(Pieces.AtMost(x, 0), Alpha, 1),
            FunctionKind.Sqrt => one / (y + y),
            FunctionKind.Reciprocal => -(y * y),
            FunctionKind.Abs => Vector256.CopySign(one, x),
            FunctionKind.Log => one / x,
            FunctionKind.Clip => Pieces.Inside(y, Alpha, Beta, 1),
            FunctionKind.Power => alpha * Power(x, Alpha - 1),
            FunctionKind.Shrink => Vector256.ConditionalSelect(Vector256.LessThanOrEqual(Vector256.Abs(x), alpha), Vector256<float>.Zero, one),
            FunctionKind.Celu => new Celu(Alpha).Derivative(x, y),
            FunctionKind.ApproximateGelu => default(ApproximateGelu).Derivative(x, y),
            >= FunctionKind.Equal => Vector256<float>.Zero,
            _ => Vector256.Create(TwoOverRootPi) * VectorFunctions.Exp(-(x * x)),
        };
    }

    private static Vector256<float> Truth(Vector256<float> condition) => condition & Vector256<float>.One;

    // By squaring where the exponent is a small whole number, so that x may be negative; otherwise exp(α log x).
    private static Vector256<float> Power(Vector256<float> x, float exponent)
    {
        float size = MathF.Abs(exponent);
        if (size > 64 || size != MathF.Floor(size)) { return VectorFunctions.Exp(Vector256.Create(exponent) * VectorFunctions.Log(x)); }
        Vector256<float> result = Vector256<float>.One;
        for (int left = (int)size; left > 0; left >>= 1, x *= x)
        {
            if ((left & 1) != 0) { result *= x; }
        }

        return exponent < 0 ? Vector256<float>.One / result : result;
    }

    /// <summary>The function as an activation of its own.</summary>
    public static ActivationFunction Of(FunctionKind kind, float alpha = 0, float beta = 0, float limit = float.PositiveInfinity) =>
        new ElementwiseActivation<ParametricFunction>(LayerNames.SnakeCase(kind.ToString()), new ParametricFunction(kind, alpha, beta, limit));

    /// <summary>The function as an option of a layer.</summary>
    public JsonObject Write()
    {
        var config = new Configuration();
        config.Set("function", LayerNames.SnakeCase(Kind.ToString()));
        WriteNumber(config, "alpha", Alpha);
        WriteNumber(config, "beta", Beta);
        if (HasLimit) { config.Set("limit", Limit); }
        return SerializedObject.Write("engram", "ParametricFunction", config.Json, "Engram>ParametricFunction");
    }

    /// <summary>The function that an option of a layer describes.</summary>
    /// <exception cref="EngramException">It is none, or a number is missing or wrong.</exception>
    public static ActivationFunction Read(SerializedObject found)
    {
        Configuration config = found.Config;
        if (found.ClassName != "ParametricFunction" || found.Package is not (null or "Engram")) { throw new EngramException($"{config.Owner}: the function {found.ClassName} is not known here; expected a name, or a ParametricFunction."); }
        string name = config.Text("function") ?? "";
        FunctionKind kind = Enum.GetValues<FunctionKind>().FirstOrDefault(kind => LayerNames.SnakeCase(kind.ToString()) == name, (FunctionKind)(-1));
        if (kind < 0) { throw new EngramException($"{config.Owner}: there is no function '{name}'; known are {string.Join(", ", Enum.GetNames<FunctionKind>().Select(LayerNames.SnakeCase))}."); }
        float limit = config.Single("limit", float.PositiveInfinity);
        if (!(limit > 0)) { throw new EngramException($"{config.Owner}: limit is {limit}; expected a number above 0."); }
        (float alpha, float beta) = (ReadNumber(config, "alpha"), ReadNumber(config, "beta"));
        config.Rest();
        return Of(kind, alpha, beta, limit);
    }

    // JSON has no infinite numbers; a limit of Clip may be one.
    private static void WriteNumber(Configuration config, string name, float value)
    {
        if (float.IsFinite(value)) { config.Set(name, value); }
        else { config.Set(name, float.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"); }
    }

    private static float ReadNumber(Configuration config, string name) => config.Json[name] is JsonValue text && text.GetValueKind() == JsonValueKind.String
        ? config.Text(name) switch
        {
            "inf" => float.PositiveInfinity,
            "-inf" => float.NegativeInfinity,
            "nan" => float.NaN,
            var other => throw new EngramException($"{config.Owner}: {name} is '{other}'; expected a number, inf, -inf or nan."),
        }
        : config.Single(name, 0);
}
