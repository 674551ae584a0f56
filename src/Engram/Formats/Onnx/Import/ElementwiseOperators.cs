using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Operators that compute element by element.</summary>
internal static class ElementwiseOperators
{
    /// <summary>The layer that computes an operator of one number, or null.</summary>
    public static Func<Layer>? Function(OnnxContext c)
    {
        switch (c.Node.OpType)
        {
            case "Relu": return Named(Activations.Relu);
            case "Tanh": return Named(Activations.Tanh);
            case "Sigmoid": return Named(Activations.Sigmoid);
            case "Softplus": return Named(Activations.Softplus);
            case "Softsign": return Named(Activations.Softsign);
            case "Exp": return Named(Activations.Exponential);
            case "Selu" when c.Attribute("alpha") is null && c.Attribute("gamma") is null: return Named(Activations.Selu);
            case "Mish": return Named(Activations.Mish);
            case "HardSwish": return Named(Activations.HardSilu);
            case "Gelu": return c.Attribute("approximate")?.Text == "tanh" ? Of(FunctionKind.ApproximateGelu) : Named(Activations.Gelu());
            case "Celu": return c.Single("alpha", 1) is var celu && celu == 1 ? Named(Activations.Celu()) : celu > 0 ? Of(FunctionKind.Celu, celu) : throw c.Error($"has the alpha {celu}");
            case "Elu": return c.Single("alpha", 1) is var elu && elu == 1 ? Named(Activations.Elu()) : elu >= 0 ? () => new Elu(elu) : Of(FunctionKind.Elu, elu);
            case "LeakyRelu": return c.Single("alpha", 0.01f) is var slope && slope >= 0 ? () => new LeakyRelu(slope) : Of(FunctionKind.LeakyRelu, slope);
            case "HardSigmoid": return (c.Single("alpha", 0.2f), c.Single("beta", 0.5f)) is var (a, b) && (a, b) == (1f / 6, 0.5f) ? Named(Activations.HardSigmoid) : Of(FunctionKind.HardSigmoid, a, b);
            case "ThresholdedRelu": return c.Single("alpha", 1) is var limit && limit >= 0 ? () => new Relu { Threshold = limit } : Of(FunctionKind.ThresholdedRelu, limit);
            case "Shrink": return Of(FunctionKind.Shrink, c.Single("lambd", 0.5f), c.Single("bias", 0));
            case "Neg": return Scaled(-1, 0);
            case "Sqrt": return Of(FunctionKind.Sqrt);
            case "Reciprocal": return Of(FunctionKind.Reciprocal);
            case "Abs": return Of(FunctionKind.Abs);
            case "Log": return Of(FunctionKind.Log);
            case "Erf": return Of(FunctionKind.Erf);
            default: return null;
        }
    }

    /// <summary>The function that a recurrent node names.</summary>
    public static ActivationFunction InNode(OnnxContext c, string name, float? alpha, float? beta, float limit)
    {
        (FunctionKind kind, float a, float b) = name.ToUpperInvariant() switch
        {
            "TANH" => (FunctionKind.ScaledTanh, 1, 1),
            "SIGMOID" => (FunctionKind.Sigmoid, 0, 0),
            "RELU" => (FunctionKind.Relu, 0, 0),
            "AFFINE" => (FunctionKind.Affine, alpha ?? 1, beta ?? 0),
            "LEAKYRELU" => (FunctionKind.LeakyRelu, alpha ?? 0.01f, 0),
            "THRESHOLDEDRELU" => (FunctionKind.ThresholdedRelu, alpha ?? 1, 0),
            "SCALEDTANH" => (FunctionKind.ScaledTanh, alpha ?? 1, beta ?? 1),
            "HARDSIGMOID" => (FunctionKind.HardSigmoid, alpha ?? 0.2f, beta ?? 0.5f),
            "ELU" => (FunctionKind.Elu, alpha ?? 1, 0),
            "SOFTSIGN" => (FunctionKind.Softsign, 0, 0),
            "SOFTPLUS" => (FunctionKind.Softplus, 0, 0),
            _ => throw c.Error($"has the activation '{name}'; Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, HardSigmoid, Elu, Softsign and Softplus are known"),
        };
        if (float.IsFinite(limit)) { return ParametricFunction.Of(kind, a, b, limit); }
        return (kind, a, b) switch
        {
            (FunctionKind.ScaledTanh, 1, 1) => Activations.Tanh,
            (FunctionKind.Sigmoid, _, _) => Activations.Sigmoid,
            (FunctionKind.Relu, _, _) => Activations.Relu,
            (FunctionKind.Affine, 1, 0) => Activations.Linear,
            (FunctionKind.LeakyRelu, 0.2f, _) => Activations.LeakyRelu(),
            (FunctionKind.HardSigmoid, 1f / 6, 0.5f) => Activations.HardSigmoid,
            (FunctionKind.HardSigmoid, 0.5f, 0.5f) => Activations.SparseSigmoid,
            (FunctionKind.Elu, 1, _) => Activations.Elu(),
            (FunctionKind.Softsign, _, _) => Activations.Softsign,
            (FunctionKind.Softplus, _, _) => Activations.Softplus,
            _ => ParametricFunction.Of(kind, a, b),
        };
    }

    public static OnnxValue Binary(OnnxContext c)
    {
        string op = c.Node.OpType;
        OnnxValue result = c.Input(0);
        for (int i = 1; i < c.InputCount; i++) { result = Combine(c, op, result, c.Input(i)); }
        if (op == "Mean" && c.InputCount > 1) { result = c.Elementwise(result, Scaled(1f / c.InputCount, 0)); }
        return result;
    }

    /// <summary>Limits, one of which may be left out.</summary>
    public static OnnxValue Clip(OnnxContext c)
    {
        float Limit(int input, string attribute, float otherwise) => c.Optional(input) is { } given
            ? Scalar(given) ?? throw c.Error("has limits that are computed in the graph; expected numbers of the file")
            : c.Single(attribute, otherwise);
        float low = Limit(1, "min", float.NegativeInfinity), high = Limit(2, "max", float.PositiveInfinity);
        if (!(low <= high)) { throw c.Error($"has the limits {low} and {high}"); }
        return c.Elementwise(c.Input(0), (low, high) switch
        {
            (0, float.PositiveInfinity) => Named(Activations.Relu),
            (0, 6) => Named(Activations.Relu6),
            (0, _) => () => new Relu { MaxValue = high },
            (-1, 1) => Named(Activations.HardTanh),
            _ => Of(FunctionKind.Clip, low, high),
        });
    }

    /// <summary>A comparison, as 1 and 0.</summary>
    public static OnnxValue Compare(OnnxContext c)
    {
        OnnxValue a = c.Input(0), b = c.Input(1);
        var kind = Enum.Parse<FunctionKind>(c.Node.OpType);
        if (a is OnnxNumbers || b is OnnxNumbers) { return FoldedOperators.Numbers(c, c.Node.OpType, a, b); }
        if (Scalar(b) is { } second) { return c.Elementwise(a, Of(kind, second)); }
        if (Scalar(a) is { } first)
        {
            return c.Elementwise(b, Of(kind switch
            {
                FunctionKind.Less => FunctionKind.Greater,
                FunctionKind.LessOrEqual => FunctionKind.GreaterOrEqual,
                FunctionKind.Greater => FunctionKind.Less,
                FunctionKind.GreaterOrEqual => FunctionKind.LessOrEqual,
                _ => kind,
            }, first));
        }

        return c.Elementwise(Arrays(c, new Subtract(), a, b), Of(kind, 0));
    }

    /// <summary>Truth values, which are 1 and 0 here: And, Or, Xor, Not.</summary>
    public static OnnxValue Logic(OnnxContext c) => c.Node.OpType switch
    {
        "Not" => c.Elementwise(c.Input(0), Scaled(-1, 1)),
        "And" => Arrays(c, new Multiply(), c.Input(0), c.Input(1)),
        "Or" => Arrays(c, new Maximum(), c.Input(0), c.Input(1)),
        _ => c.Elementwise(Arrays(c, new Subtract(), c.Input(0), c.Input(1)), Of(FunctionKind.NotEqual, 0)),
    };

    /// <summary>Whether each element is not 0.</summary>
    public static OnnxValue Truth(OnnxContext c, OnnxValue value) => value switch
    {
        OnnxNumbers => value,
        OnnxFilled filled => new OnnxFilled(filled.Value != 0 ? 1 : 0, [.. filled.Dims]),
        OnnxConstant constant => new OnnxConstant(c.Node.Outputs[0], constant.Shape, null, () => [.. constant.Floats().Select(x => x != 0 ? 1L : 0L)]),
        _ => c.Elementwise(value, Of(FunctionKind.NotEqual, 0)),
    };

    /// <summary>A where the condition holds, b elsewhere.</summary>
    public static OnnxValue Where(OnnxContext c)
    {
        OnnxValue[] inputs = [c.Input(0), c.Input(1), c.Input(2)];
        if (inputs.Any(input => input is OnnxNumbers) && inputs.All(input => input is not OnnxFlow))
        {
            Dim[][] lists = [.. inputs.Select(c.Numbers)];
            int count = lists.Max(list => list.Length);
            if (lists.Any(list => list.Length != 1 && list.Length != count)) { throw c.Error("chooses between lists of different lengths"); }
            Dim At(Dim[] list, int i) => list[list.Length == 1 ? 0 : i];
            return new OnnxNumbers([.. Enumerable.Range(0, count).Select(i => At(lists[0], i) != Dim.Of(0) ? At(lists[1], i) : At(lists[2], i))], inputs.All(input => input.Rank == 0));
        }

        return Arrays(c, new Select(), inputs);
    }

    public static OnnxValue PRelu(OnnxContext c)
    {
        OnnxConstant slope = c.Constant(1);
        OnnxFlow flow = c.Flow(0);
        SymbolicTensor x = c.BatchFirst(flow, out int batch);
        int[] shape = [.. Enumerable.Repeat(1, Math.Max(0, flow.Rank - slope.Rank)), .. slope.Shape];
        if (shape.Length != flow.Rank || shape[batch] != 1 || !slope.IsFloat) { throw c.Error($"has slopes of the shape {slope.Describe()} for an input of the shape {flow.Describe()}"); }
        int[] lengths = [.. OnnxFlow.BatchFirst(flow.Rank, batch).Select(axis => shape[axis])];
        for (int axis = 1; axis < lengths.Length; axis++)
        {
            Dim dim = flow.Dims[OnnxFlow.BatchFirst(flow.Rank, batch)[axis]];
            if (lengths[axis] != 1 && dim != Dim.Of(lengths[axis])) { throw c.Error($"has slopes of the shape {slope.Describe()} for an input of the shape {flow.Describe()}"); }
        }

        int[] sharedAxes = [.. Enumerable.Range(1, lengths.Length - 1).Where(axis => lengths[axis] == 1)];
        var layer = new PRelu { SharedAxes = sharedAxes };
        SymbolicTensor y = c.Apply(layer, x);
        c.Importer.AfterBuild(() => slope.Floats().CopyTo(layer.Weights[0].Value.Span));
        return OnnxFlow.Of(y, flow.Dims, batch);
    }

    /// <summary>The one number that a value is, or null.</summary>
    public static float? Scalar(OnnxValue value) => value switch
    {
        OnnxConstant { Count: 1 } constant when constant.Shape.All(length => length == 1) => constant.Floats()[0],
        OnnxFilled filled => filled.Value,
        OnnxNumbers { Values: [{ IsKnown: true } only] } => only.Factor,
        _ => null,
    };

    /// <summary>Arrays that are broadcast, put together by a layer. All are brought to the shape batch first, all other axes in order.</summary>
    public static OnnxFlow Arrays(OnnxContext c, Layer layer, params OnnxValue[] values)
    {
        OnnxFlow[] flows = [.. values.Select(value => c.Importer.AsFlow(c, value, learns: layer is not Select))];
        if (flows.All(flow => SameView(flow, flows[0]))) { return flows[0].WithTensor(c.Apply(layer, [.. flows.Select(flow => flow.Tensor)])); }
        int rank = flows.Max(flow => flow.Rank);
        if (flows.FirstOrDefault(flow => flow.MergedBatch >= 0) is { } merged) { return WithMergedBatch(c, layer, flows, merged.MergedBatch + rank - merged.Rank); }
        int batch = -1;
        foreach (OnnxFlow flow in flows)
        {
            if (!flow.HasBatch) { continue; }
            int own = flow.BatchAxis + rank - flow.Rank;
            batch = batch < 0 || batch == own ? own : throw c.Error("has inputs whose batch is not the same axis");
        }

        bool same = batch < 0; // for each sample: the batch stands in front, and is not seen
        if (same) { (rank, batch) = (rank + 1, 0); }
        flows = [.. flows.Select(flow => flow.HasBatch ? flow : c.WithBatch(flow, rank, batch))];
        Dim[] dims = [.. Enumerable.Range(0, rank).Select(axis => flows.Select(flow => At(flow, axis, rank)).Aggregate((a, b) => Common(c, a, b)))];
        int[] order = OnnxFlow.BatchFirst(rank, batch);
        // Axes of length 1 behind the batch are left out: the layer has them where an input has fewer axes than another.
        int[] kept = [.. order.SkipWhile((axis, i) => i == 0 || dims[axis] == Dim.One)];
        SymbolicTensor y = c.Apply(layer, [.. flows.Select(flow => Aligned(c, flow, rank, batch, kept))]);
        var axes = new int[rank][];
        foreach (int axis in order) { axes[axis] = []; }
        axes[batch] = [0];
        for (int i = 0; i < kept.Length; i++) { axes[kept[i]] = [i + 1]; }
        OnnxFlow result = new(y, [[Dim.Batch], .. kept.Select(axis => new[] { dims[axis] })], axes);
        return same ? result.WithAxes(result.Axes[1..]) : result;
    }

    // An axis of the batch and others: the same in all inputs, or of length 1 or not there.
    private static OnnxFlow WithMergedBatch(OnnxContext c, Layer layer, OnnxFlow[] flows, int place)
    {
        int rank = flows.Max(flow => flow.Rank);
        Dim[]? factors = null;
        foreach (OnnxFlow flow in flows.Where(flow => flow.MergedBatch >= 0))
        {
            Dim[] own = [.. flow.Axes[flow.MergedBatch].Select(factor => flow.Flat[factor]).Where(dim => dim != Dim.One)];
            if (flow.MergedBatch + rank - flow.Rank != place || (factors is not null && !own.SequenceEqual(factors))) { throw c.Error("has inputs whose batch stands together with different axes"); }
            factors = own;
        }

        OnnxFlow Apart(OnnxFlow flow)
        {
            int axis = place - rank + flow.Rank;
            if (axis < 0) { return flow; }
            if (flow.MergedBatch >= 0) { return flow.Apart(axis, out _); }
            return flow.Dims[axis] == Dim.One
                ? flow.WithAxes([.. flow.Axes[..axis], .. Enumerable.Repeat(Array.Empty<int>(), factors!.Length), .. flow.Axes[(axis + 1)..]])
                : throw c.Error("has inputs whose batch stands together with different axes");
        }

        return Arrays(c, layer, [.. flows.Select(Apart)]).Together(place, factors!.Length);
    }

    private static OnnxValue Combine(OnnxContext c, string op, OnnxValue a, OnnxValue b)
    {
        if (a is OnnxNumbers || b is OnnxNumbers)
        {
            if (a is not OnnxFlow && b is not OnnxFlow) { return FoldedOperators.Numbers(c, op, a, b); }
        }
        else if (a is not OnnxFlow && b is not OnnxFlow) { return FoldedOperators.Constants(c, op, a, b); }

        if (Scalar(b) is { } second && a is OnnxFlow && WithScalar(op, second) is { } after) { return c.Elementwise(a, after); }
        if (Scalar(a) is { } first && b is OnnxFlow && BeforeScalar(op, first) is { } before) { return before.Aggregate(b, c.Elementwise); }
        if (op == "Pow") { throw c.Error("has an exponent that is no number of the file"); }
        if (op == "Div")
        {
            return b is OnnxConstant { IsFloat: true } divisor
                ? Arrays(c, new Multiply(), a, new OnnxConstant($"1/{divisor.Name}", divisor.Shape, () => [.. divisor.Floats().Select(x => 1 / x)], null))
                : Arrays(c, new Multiply(), a, c.Elementwise(b, Of(FunctionKind.Reciprocal)));
        }

        return Arrays(c, op switch
        {
            "Sub" => new Subtract(),
            "Mul" => new Multiply(),
            "Max" => new Maximum(),
            "Min" => new Minimum(),
            _ => new Add(),
        }, a, b);
    }

    private static Func<Layer>? WithScalar(string op, float s) => op switch
    {
        "Add" or "Sum" or "Mean" => Scaled(1, s),
        "Sub" => Scaled(1, -s),
        "Mul" => Scaled(s, 0),
        "Div" => Scaled(1 / s, 0),
        "Pow" when s == 1 => Named(Activations.Linear),
        "Pow" when s == 0.5f => Of(FunctionKind.Sqrt),
        "Pow" when s == -1 => Of(FunctionKind.Reciprocal),
        "Pow" => Of(FunctionKind.Power, s),
        "Max" when s == 0 => Named(Activations.Relu),
        "Max" => Of(FunctionKind.Clip, s, float.PositiveInfinity),
        "Min" => Of(FunctionKind.Clip, float.NegativeInfinity, s),
        _ => null,
    };

    private static Func<Layer>[]? BeforeScalar(string op, float s) => op switch
    {
        "Sub" => [Scaled(-1, s)],
        "Div" => [Of(FunctionKind.Reciprocal), Scaled(s, 0)],
        "Pow" => null,
        _ => WithScalar(op, s) is { } function ? [function] : null,
    };

    private static bool SameView(OnnxFlow a, OnnxFlow b) => a.Axes.Length == b.Axes.Length && a.Factors.Length == b.Factors.Length
        && a.Factors.Zip(b.Factors).All(pair => pair.First.SequenceEqual(pair.Second)) && a.Axes.Zip(b.Axes).All(pair => pair.First.SequenceEqual(pair.Second));

    private static Dim At(OnnxFlow value, int axis, int rank) => axis < rank - value.Rank ? Dim.One : value.Dims[axis - rank + value.Rank];

    private static Dim Common(OnnxContext c, Dim a, Dim b) => a == b || b == Dim.One ? a : a == Dim.One ? b
        : c.Importer.SameLength(a, b) ? (a.IsBatch ? a : b)
        : throw c.Error($"has inputs of {a} and {b} places along one axis, which do not go together");

    private static SymbolicTensor Aligned(OnnxContext c, OnnxFlow flow, int rank, int batch, int[] kept)
    {
        if (flow.BatchAxis + rank - flow.Rank != batch) { throw c.Error("has inputs whose batch is not the same axis"); }
        int[] own = [.. kept.Select(axis => axis - rank + flow.Rank).SkipWhile(axis => axis < 0 || flow.Dims[axis] == Dim.One)];
        int shift = rank - flow.Rank;
        OnnxFlow padded = shift == 0 ? flow : flow.WithAxes([.. Enumerable.Repeat(Array.Empty<int>(), shift), .. flow.Axes]);
        return c.Arranged(padded, [batch, .. own.Select(axis => axis + shift)]);
    }

    private static Func<Layer> Named(ActivationFunction function) => () => new Activation(function);

    private static Func<Layer> Scaled(float factor, float offset) => () => new Rescaling(factor, offset);

    private static Func<Layer> Of(FunctionKind kind, float alpha = 0, float beta = 0) => () => new Activation(ParametricFunction.Of(kind, alpha, beta));
}
