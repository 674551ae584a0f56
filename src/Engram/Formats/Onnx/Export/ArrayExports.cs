using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>The layers that graphs of other programs are made of, as the nodes that they were.</summary>
internal static class ArrayExports
{
    public static string Write(OnnxGraphWriter g, Layer layer, ExportValue x) => layer switch
    {
        StoredArray array => Stored(g, array, x.Name),
        TakePlaces { List: { } places } take => g.Node("Gather", [x.Name, g.Integers([.. places.Select(place => (long)place)])], Attribute("axis", (long)take.Axis)),
        TakePlaces take => g.Node("Slice", [x.Name, g.Integers(take.Row.Start), g.Integers(take.Row.End), g.Integers(take.Axis), g.Integers(take.Row.Step)]),
        Places places => Numbers(g, places, x.Name),
        InsertAxes insert => g.Node("Unsqueeze", [x.Name, g.Integers([.. insert.Axes.Select(axis => (long)axis)])]),
        Reduce reduce => Reduced(g, reduce, x.Name),
        _ => throw OnnxExporter.Unsupported(layer, "there is no operator for it."),
    };

    public static ExportValue Write(OnnxGraphWriter g, Layer layer, ExportValue[] inputs)
    {
        if (layer is LengthMask) { return inputs[0] with { Mask = new ExportMask(g, inputs[0].Name, inputs[1].Name) }; }
        Shape shape = layer.OutputShapes([.. inputs.Select(input => input.Shape)])[0];
        if (layer is BatchedProduct) { return new ExportValue(g.Node("MatMul", [inputs[0].Name, inputs[1].Name]), shape); }
        string[] aligned = [.. MergeExports.Aligned(g, inputs).Select(input => input.Name)];
        return new ExportValue(g.Node("Where", [g.Truth(aligned[0]), aligned[1], aligned[2]]), shape);
    }

    // The array repeated for each sample of what goes in.
    private static string Stored(OnnxGraphWriter g, StoredArray array, string x)
    {
        string batch = LayerExports.Axes(g, x, 0, 1);
        string shape = g.Node("Concat", [batch, g.Integers([.. array.Axes.ToArray().Select(length => (long)length)])], Attribute("axis", 0L));
        return g.Node("Expand", [g.Node("Unsqueeze", [LayerExports.Weight(g, array.Weights[0]), g.Integers(0)]), shape]);
    }

    private static string Numbers(OnnxGraphWriter g, Places places, string x)
    {
        string count = g.Node("Gather", [g.Node("Shape", [x]), g.Integer(places.Axis)]);
        string numbers = g.Node("Cast", [g.Node("Range", [g.Integer(0), count, g.Integer(1)])], Attribute("to", (long)Wire.OnnxElementType.Float32));
        string scaled = g.Node("Add", [g.Node("Mul", [numbers, g.Number(places.Step)]), g.Number(places.Start)]);
        string shape = g.Node("Concat", [LayerExports.Axes(g, x, 0, 1), g.Node("Unsqueeze", [count, g.Integers(0)])], Attribute("axis", 0L));
        return g.Node("Expand", [scaled, shape]);
    }

    private static string Reduced(OnnxGraphWriter g, Reduce reduce, string x)
    {
        long[] axes = [.. reduce.Axes.Select(axis => (long)axis)];
        var keep = Attribute("keepdims", reduce.KeepDimensions ? 1L : 0L);
        return reduce.Reduction == Reduction.Sum
            ? g.Node("ReduceSum", [x, g.Integers(axes)], keep)
            : g.Node(reduce.Reduction switch { Reduction.Mean => "ReduceMean", Reduction.Maximum => "ReduceMax", _ => "ReduceMin" }, [x], Attribute("axes", reduce.Axes), keep);
    }
}
