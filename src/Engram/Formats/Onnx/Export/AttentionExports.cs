using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>Attention as products and softmax.</summary>
internal static class AttentionExports
{
    public static ExportValue[] Write(OnnxGraphWriter g, SequenceAttention layer, ExportValue[] inputs)
    {
        (string q, string v, string k) = (inputs[0].Name, inputs[1].Name, inputs[^1].Name);
        string scores = layer switch
        {
            Attention { ScoreMode: ScoreMode.Dot } => Scaled(g, layer, "scale", g.Node("MatMul", [q, Swapped(g, k)])),
            Attention => Scaled(g, layer, "concat_score_weight", SumOf(g, g.Node("Tanh", [Scaled(g, layer, "scale", Pairs(g, q, k))]))),
            _ => SumOf(g, Scaled(g, layer, "scale", g.Node("Tanh", [Pairs(g, q, k)]))),
        };
        var allowed = new List<string>();
        if (inputs[1].Mask is { } keys) { allowed.Add(g.Node("Unsqueeze", [keys.Name, g.Integers(1)])); }
        if (layer.UseCausalMask) { allowed.Add(Causal(g, scores)); }
        string p = Weights(g, scores, allowed, WithoutKeys.AttendToAll, mayBeNone: inputs[1].Mask is not null);
        string y = g.Node("MatMul", [p, v]);
        if (inputs[0].Mask is { } queries) { y = g.Node("Where", [g.Node("Unsqueeze", [queries.Name, g.Integers(2)]), y, g.Number(0)]); }
        return Results(layer, inputs, y, layer.ReturnAttentionScores ? p : null);
    }

    public static ExportValue[] Write(OnnxGraphWriter g, MultiHeadAttention layer, ExportValue[] inputs)
    {
        ExportValue key = inputs[inputs.Length > (layer.UseAttentionMask ? 3 : 2) ? 2 : 1];
        string q = Heads(g, layer, "query", inputs[0].Name, layer.KeyDim);
        string k = Heads(g, layer, "key", key.Name, layer.KeyDim);
        string v = Heads(g, layer, "value", inputs[1].Name, layer.ValueDim);
        string scaled = g.Node("Mul", [q, g.Number((float)(1 / Math.Sqrt(layer.KeyDim)))]);
        string scores = g.Node("MatMul", [scaled, g.Node("Transpose", [k], Attribute("perm", [0, 1, 3, 2]))]);
        var allowed = new List<string>();
        if (inputs[0].Mask is { } queries) { allowed.Add(g.Node("Unsqueeze", [queries.Name, g.Integers(1, 3)])); }
        if (inputs[1].Mask is { } values) { allowed.Add(g.Node("Unsqueeze", [values.Name, g.Integers(1, 2)])); }
        if (key != inputs[1] && key.Mask is { } keys) { allowed.Add(g.Node("Unsqueeze", [keys.Name, g.Integers(1, 2)])); }
        if (layer.UseAttentionMask) { allowed.Add(g.Node("Greater", [g.Node("Unsqueeze", [inputs[^1].Name, g.Integers(1)]), g.Number(0.5f)])); }
        bool mayBeNone = allowed.Count > 0;
        if (layer.UseCausalMask) { allowed.Add(Causal(g, scores)); }
        if (layer.SlidingWindow is { } window)
        {
            (string places, string others) = Places(g, scores);
            allowed.Add(g.Node("Less", [g.Node("Abs", [g.Node("Sub", [places, others])]), g.Integer(window)]));
            mayBeNone = true; // more queries than keys
        }

        WithoutKeys withoutKeys = layer.Dropout > 0 || layer.ReturnAttentionScores ? WithoutKeys.AttendToNone : WithoutKeys.WeighEqually;
        string p = Weights(g, scores, allowed, withoutKeys, mayBeNone);
        string heads = g.Node("Transpose", [g.Node("MatMul", [p, v])], Attribute("perm", [0, 2, 1, 3]));
        string together = g.Node("Reshape", [heads, g.Integers(0, 0, layer.Heads * layer.ValueDim)]);
        if (layer.UseGate) { together = g.Node("Mul", [together, g.Node("Sigmoid", [Projected(g, layer, "gate", inputs[0].Name, inputs[0].Shape.Last)])]); }
        string y = Projected(g, layer, "attention_output", together, layer.Heads * layer.ValueDim);
        return Results(layer, inputs, y, layer.ReturnAttentionScores ? p : null);
    }

    private static ExportValue[] Results(Layer layer, ExportValue[] inputs, string y, string? p)
    {
        IReadOnlyList<Shape> shapes = layer.OutputShapes([.. inputs.Select(input => input.Shape)]);
        var output = new ExportValue(y, shapes[0], inputs[0].Mask);
        return p is null ? [output] : [output, new ExportValue(p, shapes[1])];
    }

    // (batch, time, features) to (batch, heads, time, length)
    private static string Heads(OnnxGraphWriter g, MultiHeadAttention layer, string part, string x, int length)
    {
        string y = Projected(g, layer, part, x, Part(layer, part, "kernel")!.Value[0]);
        return g.Node("Transpose", [g.Node("Reshape", [y, g.Integers(0, 0, layer.Heads, length)])], Attribute("perm", [0, 2, 1, 3]));
    }

    private static string Projected(OnnxGraphWriter g, MultiHeadAttention layer, string part, string x, int inputs)
    {
        Weight kernel = Part(layer, part, "kernel")!;
        string y = g.Node("MatMul", [x, g.Array(kernel.Name, [inputs, kernel.Value.Length / inputs], () => kernel.Value.Span.ToArray())]);
        return Part(layer, part, "bias") is { } bias
            ? g.Node("Add", [y, g.Array(bias.Name, [bias.Value.Length], () => bias.Value.Span.ToArray())])
            : y;
    }

    private static Weight? Part(Layer layer, string part, string name) =>
        layer.Weights.FirstOrDefault(weight => weight.Name.EndsWith($"{part}/{name}", StringComparison.Ordinal));

    private static string Scaled(OnnxGraphWriter g, Layer layer, string name, string x) =>
        layer.Weights.FirstOrDefault(weight => weight.Name.EndsWith(name, StringComparison.Ordinal)) is { } scale
            ? g.Node("Mul", [x, LayerExports.Weight(g, scale)])
            : x;

    // q + k for each query and key: (batch, queries, keys, features)
    private static string Pairs(OnnxGraphWriter g, string q, string k) => g.Node(
        "Add", [g.Node("Unsqueeze", [q, g.Integers(2)]), g.Node("Unsqueeze", [k, g.Integers(1)])]);

    private static string SumOf(OnnxGraphWriter g, string x) => g.Node("ReduceSum", [x, g.Integers(-1)], Attribute("keepdims", 0L));

    private static string Swapped(OnnxGraphWriter g, string x) => g.Node("Transpose", [x], Attribute("perm", [0, 2, 1]));

    // Whether a key stands at the query's place or before it: (queries, keys).
    private static string Causal(OnnxGraphWriter g, string scores)
    {
        (string queries, string keys) = Places(g, scores);
        return g.Node("LessOrEqual", [keys, queries]);
    }

    // The places of queries (queries, 1) and of keys (keys).
    private static (string Queries, string Keys) Places(OnnxGraphWriter g, string scores)
    {
        string shape = g.Node("Shape", [scores], Attribute("start", -2L));
        string Of(long axis) => g.Node("Range", [g.Integer(0), g.Node("Gather", [shape, g.Integer(axis)]), g.Integer(1)]);
        return (g.Node("Unsqueeze", [Of(0), g.Integers(1)]), Of(1));
    }

    // The softmax over the keys that are allowed; a query that has none does what its layer says.
    private static string Weights(OnnxGraphWriter g, string scores, List<string> allowed, WithoutKeys withoutKeys, bool mayBeNone)
    {
        if (allowed.Count == 0) { return g.Node("Softmax", [scores], Attribute("axis", -1L)); }
        string all = allowed.Aggregate((a, b) => g.Node("And", [a, b]));
        string masked = g.Node("Where", [all, scores, g.Number(float.NegativeInfinity)]);
        if (!mayBeNone) { return g.Node("Softmax", [masked], Attribute("axis", -1L)); }
        string any = g.Truth(g.Node("ReduceMax", [g.Number(all)], Attribute("axes", [-1]), Attribute("keepdims", 1L)));
        string otherwise = withoutKeys == WithoutKeys.AttendToAll ? scores : g.Number(0);
        string p = g.Node("Softmax", [g.Node("Where", [any, masked, otherwise])], Attribute("axis", -1L));
        return withoutKeys == WithoutKeys.AttendToNone ? g.Node("Where", [any, p, g.Number(0)]) : p;
    }
}
