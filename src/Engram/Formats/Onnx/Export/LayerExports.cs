using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>Each kind of layer as nodes: the one list of what can be exported.</summary>
internal static class LayerExports
{
    public static ExportValue[] Write(OnnxExporter exporter, Layer layer, ExportValue[] inputs)
    {
        OnnxGraphWriter g = exporter.Graph;
        ExportValue x = inputs[0];
        switch (layer)
        {
            case Recurrent recurrent: return RecurrentExports.Write(exporter, recurrent, inputs);
            case Bidirectional bidirectional: return RecurrentExports.Write(exporter, bidirectional, inputs);
            case Rnn rnn: return RecurrentExports.Write(exporter, rnn, inputs);
            case SequenceAttention attention: return AttentionExports.Write(g, attention, inputs);
            case MultiHeadAttention attention: return AttentionExports.Write(g, attention, inputs);
            case LengthMask or Select or BatchedProduct: return [ArrayExports.Write(g, layer, inputs)];
            case Merge or Concatenate or Dot: return [MergeExports.Write(g, layer, inputs)];
        }

        string? name = layer switch
        {
            Input or Dropout or SpatialDropout1D or GaussianDropout or GaussianNoise or AlphaDropout => x.Name,
            Dense dense => Dense(g, dense, x),
            Activation activation => ActivationExports.Write(g, layer, activation.Function, x.Name),
            ActivationLayer activation => ActivationExports.Write(g, layer, activation.AppliedFunction, x.Name),
            Softmax softmax => Softmax(g, softmax, x),
            PRelu prelu => g.Node("PRelu", [x.Name, Weight(g, prelu.Weights[0])]),
            Embedding embedding => g.Node("Gather", [Weight(g, embedding.Weights[0]), Tokens(g, x.Name)], Attribute("axis", 0L)),
            Masking masking => g.Node(
                "Where", [g.Node("Unsqueeze", [MaskOf(g, masking, x).Name, g.Integers(2)]), x.Name, g.Number(0)]),
            Rescaling rescaling => g.Node("Add", [g.Node("Mul", [x.Name, g.Number(rescaling.Scale)]), g.Number(rescaling.Offset)]),
            TakePlaces or StoredArray or Places or Reduce or InsertAxes => ArrayExports.Write(g, layer, x),
            TimeDistributed distributed => EachStep(exporter, distributed, x),
            GlobalPooling pooling => ConvolutionExports.Global(g, pooling, x),
            Pooling pooling => ConvolutionExports.Pool(g, pooling, x),
            Convolution convolution => ConvolutionExports.Write(g, convolution, x),
            _ => NormalizationExports.Write(g, layer, x) ?? ReshapingExports.Write(g, layer, x),
        };
        if (name is null) { throw OnnxExporter.Unsupported(layer, "no operator, and no few operators together, compute it."); }
        return [new ExportValue(name, layer.OutputShape(x.Shape), layer switch
        {
            Masking masking => MaskOf(g, masking, x),
            Embedding { MaskZero: true } embedding => MaskOf(g, embedding, x),
            GlobalPooling => null,
            _ => layer.SupportsMasking ? x.Mask : null,
        })];
    }

    /// <summary>A weight as it is.</summary>
    public static string Weight(OnnxGraphWriter g, Weight weight) => g.Array(weight.Name, weight.Value.Axes, () => weight.Value.Span.ToArray());

    private static string Dense(OnnxGraphWriter g, Dense layer, ExportValue x)
    {
        string y = g.Node("MatMul", [x.Name, Weight(g, layer.Weights[0])]);
        if (layer.UseBias) { y = g.Node("Add", [y, Weight(g, layer.Weights[1])]); }
        return ActivationExports.Write(g, layer, layer.Activation, y);
    }

    private static string Tokens(OnnxGraphWriter g, string x) => g.Node("Cast", [x], Attribute("to", (long)Wire.OnnxElementType.Int64));

    private static string Softmax(OnnxGraphWriter g, Softmax layer, ExportValue x)
    {
        if (x.Mask is { } mask && x.Rank == 2)
        {
            string shares = g.Node("Softmax", [g.Node("Where", [mask.Name, x.Name, g.Number(-1e9f)])], Attribute("axis", -1L));
            return g.Node("Where", [mask.Name, shares, g.Number(0)]);
        }

        NoMask(layer, x);
        int[] axes = [.. layer.Axes.Select(axis => axis < 0 ? axis + x.Rank : axis)];
        if (axes.Length == 1) { return g.Node("Softmax", [x.Name], Attribute("axis", (long)axes[0])); }
        string largest = g.Node("ReduceMax", [x.Name], Attribute("axes", axes), Attribute("keepdims", 1L));
        string e = g.Node("Exp", [g.Node("Sub", [x.Name, largest])]);
        return g.Node("Div", [e, g.Node("ReduceSum", [e, g.Integers([.. axes.Select(axis => (long)axis)])], Attribute("keepdims", 1L))]);
    }

    /// <summary>Refuses a layer that would look at a mask in a way that is not written.</summary>
    public static void NoMask(Layer layer, params ReadOnlySpan<ExportValue> inputs)
    {
        foreach (ExportValue input in inputs)
        {
            if (input.Mask is not null)
            {
                throw OnnxExporter.Unsupported(layer, "what it does with padded steps of inputs of this kind is not exported.");
            }
        }
    }

    // The steps of which any feature differs from the value.
    private static ExportMask MaskOf(OnnxGraphWriter g, Masking layer, ExportValue x)
    {
        string differs = g.Node("Not", [g.Node("Equal", [x.Name, g.Number(layer.MaskValue)])]);
        string count = g.Node(
            "ReduceSum", [g.Node("Cast", [differs], Attribute("to", (long)Wire.OnnxElementType.Int32)), g.Integers(2)], Attribute("keepdims", 0L));
        return Both(g, g.Node("Cast", [count], Attribute("to", (long)Wire.OnnxElementType.Boolean)), x.Mask);
    }

    private static ExportMask MaskOf(OnnxGraphWriter g, Embedding _, ExportValue x) =>
        Both(g, g.Node("Cast", [Tokens(g, x.Name)], Attribute("to", (long)Wire.OnnxElementType.Boolean)), x.Mask);

    private static ExportMask Both(OnnxGraphWriter g, string mask, ExportMask? before) =>
        new(before is null ? mask : g.Node("And", [mask, before.Name]));

    // (batch, time, ...) to (batch time, ...) and back
    private static string EachStep(OnnxExporter exporter, TimeDistributed layer, ExportValue x)
    {
        OnnxGraphWriter g = exporter.Graph;
        int[] rest = x.Shape.Axes[2..].ToArray();
        string folded = g.Node("Reshape", [x.Name, g.Node("Concat", [g.Integers(-1), Axes(g, x.Name, 2, x.Rank)], Attribute("axis", 0L))]);
        ExportValue y = exporter.Layer(layer.Layer, new ExportValue(folded, new Shape([Shape.Unknown, .. rest])))[0];
        string axes = y.Rank == 1
            ? Axes(g, x.Name, 0, 2)
            : g.Node("Concat", [Axes(g, x.Name, 0, 2), Axes(g, y.Name, 1, y.Rank)], Attribute("axis", 0L));
        return g.Node("Reshape", [y.Name, axes]);
    }

    /// <summary>The lengths of some axes of an array, as it is when the graph runs.</summary>
    public static string Axes(OnnxGraphWriter g, string x, int first, int end) =>
        g.Node("Shape", [x], Attribute("start", (long)first), Attribute("end", (long)end));
}
