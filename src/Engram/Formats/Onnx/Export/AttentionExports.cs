using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>Attention as products and softmax.</summary>
internal static class AttentionExports
{
    public static ExportValue[] Write(OnnxGraphWriter g, SequenceAttention layer, ExportValue[] inputs)
    {
        LayerExports.NoMask(layer, inputs);
        (string q, string v, string k) = (inputs[0].Name, inputs[1].Name, inputs[^1].Name);
        string scores = layer switch
        {
            Attention { ScoreMode: ScoreMode.Dot } => Scaled(g, layer, "scale", g.Node("MatMul", [q, Swapped(g, k)])),
            Attention => Scaled(g, layer, "concat_score_weight", SumOf(g, g.Node("Tanh", [Scaled(g, layer, "scale", Pairs(g, q, k))]))),
            _ => SumOf(g, Scaled(g, layer, "scale", g.Node("Tanh", [Pairs(g, q, k)]))),
        };
        if (layer.UseCausalMask) { scores = Causal(g, scores); }
        string p = g.Node("Softmax", [scores], Attribute("axis", -1L));
        string y = g.Node("MatMul", [p, v]);
        return Results(layer, inputs, y, layer.ReturnAttentionScores ? p : null);
    }

    public static ExportValue[] Write(OnnxGraphWriter g, MultiHeadAttention layer, ExportValue[] inputs)
    {
        LayerExports.NoMask(layer, inputs);
        if (layer.UseAttentionMask || layer.UseGate || layer.SlidingWindow is not null)
        {
            throw OnnxExporter.Unsupported(layer, "its gate, its sliding window and a mask as an input are not written.");
        }

        string q = Heads(g, layer, "query", inputs[0].Name, layer.KeyDim);
        string k = Heads(g, layer, "key", inputs[^1].Name, layer.KeyDim);
        string v = Heads(g, layer, "value", inputs[1].Name, layer.ValueDim);
        string scaled = g.Node("Mul", [q, g.Number((float)(1 / Math.Sqrt(layer.KeyDim)))]);
        string scores = g.Node("MatMul", [scaled, g.Node("Transpose", [k], Attribute("perm", [0, 1, 3, 2]))]);
        if (layer.UseCausalMask) { scores = Causal(g, scores); }
        string p = g.Node("Softmax", [scores], Attribute("axis", -1L));
        string heads = g.Node("Transpose", [g.Node("MatMul", [p, v])], Attribute("perm", [0, 2, 1, 3]));
        string together = g.Node("Reshape", [heads, g.Integers(0, 0, layer.Heads * layer.ValueDim)]);
        string y = Projected(g, layer, "attention_output", together, layer.Heads * layer.ValueDim);
        return Results(layer, inputs, y, layer.ReturnAttentionScores ? p : null);
    }

    private static ExportValue[] Results(Layer layer, ExportValue[] inputs, string y, string? p)
    {
        IReadOnlyList<Shape> shapes = layer.OutputShapes([.. inputs.Select(input => input.Shape)]);
        return p is null ? [new ExportValue(y, shapes[0])] : [new ExportValue(y, shapes[0]), new ExportValue(p, shapes[1])];
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

    // Keys behind the query get no weight: key - query is above 0 for them.
    private static string Causal(OnnxGraphWriter g, string scores)
    {
        string shape = g.Node("Shape", [scores], Attribute("start", -2L));
        string Places(long axis) => g.Node("Range", [g.Integer(0), g.Node("Gather", [shape, g.Integer(axis)]), g.Integer(1)]);
        string queries = g.Node("Unsqueeze", [Places(0), g.Integers(1)]);
        string behind = g.Node("Greater", [Places(1), queries]);
        return g.Node("Where", [behind, g.Number(float.NegativeInfinity), scores]);
    }
}
