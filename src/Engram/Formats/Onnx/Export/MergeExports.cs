using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>Layers that make one array of several, as nodes.</summary>
internal static class MergeExports
{
    public static ExportValue Write(OnnxGraphWriter g, Layer layer, ExportValue[] inputs)
    {
        Shape shape = layer.OutputShapes([.. inputs.Select(input => input.Shape)])[0];
        ExportMask? mask = Mask(g, layer, inputs);
        string name = layer switch
        {
            Concatenate concatenate => g.Node(
                "Concat", Names(inputs), Attribute("axis", (long)(concatenate.Axis < 0 ? concatenate.Axis + shape.Rank : concatenate.Axis))),
            Dot dot => DotOf(g, dot, inputs),
            Add => g.Node("Sum", Names(Aligned(g, inputs))),
            Average => g.Node("Mean", Names(Aligned(g, inputs))),
            Maximum => g.Node("Max", WithNeutral(g, layer, inputs, float.NegativeInfinity)),
            Minimum => g.Node("Min", WithNeutral(g, layer, inputs, float.PositiveInfinity)),
            Subtract => g.Node("Sub", Names(Aligned(g, inputs))),
            Multiply => ProductOf(g, layer, inputs),
            _ => throw OnnxExporter.Unsupported(layer, "there is no operator for it."),
        };
        return new ExportValue(name, shape, mask);
    }

    private static ExportMask? Mask(OnnxGraphWriter g, Layer layer, ExportValue[] inputs)
    {
        if (inputs.All(input => input.Mask is null) || layer is Dot) { return null; }
        if (layer is Concatenate concatenate)
        {
            // Keras: a step is data where it is data in all inputs; here only the plain case, one mask for all.
            if (concatenate.Axis is not (-1 or 2) || inputs.Any(input => input.Mask != inputs[0].Mask)) { LayerExports.NoMask(layer, inputs); }
            return inputs[0].Mask;
        }

        if (inputs.Any(input => input.Mask is null)) { return null; }
        string[] masks = [.. inputs.Select(input => input.Mask!.Name).Distinct()];
        return masks.Length == 1 ? inputs[0].Mask : new ExportMask(masks.Aggregate((a, b) => g.Node("Or", [a, b])));
    }

    /// <summary>Inputs of fewer axes get axes of length 1 after the batch.</summary>
    public static ExportValue[] Aligned(OnnxGraphWriter g, ExportValue[] inputs)
    {
        int rank = inputs.Max(input => input.Rank);
        return
        [
            .. inputs.Select(input => input.Rank == rank
                ? input
                : input with { Name = g.Node("Unsqueeze", [input.Name, g.Integers([.. Enumerable.Range(1, rank - input.Rank).Select(i => (long)i)])]) }),
        ];
    }

    // Padded steps of an input do not count; where all inputs are padded, the extreme is the first one's.
    private static string[] WithNeutral(OnnxGraphWriter g, Layer layer, ExportValue[] inputs, float neutral)
    {
        if (inputs.All(input => input.Mask is null)) { return Names(Aligned(g, inputs)); }
        if (inputs.Any(input => input.Rank != 3)) { LayerExports.NoMask(layer, inputs); }
        string? any = AnyOf(g, inputs);
        var names = new string[inputs.Length];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = inputs[i].Name;
            if (inputs[i].Mask is not { } mask) { continue; }
            string counts = i == 0 && any is not null && layer is not Multiply ? g.Node("Or", [mask.Name, g.Node("Not", [any])]) : mask.Name;
            names[i] = g.Node("Where", [g.Node("Unsqueeze", [counts, g.Integers(2)]), names[i], g.Number(neutral)]);
        }

        return names;
    }

    private static string ProductOf(OnnxGraphWriter g, Layer layer, ExportValue[] inputs)
    {
        string y = WithNeutral(g, layer, inputs, 1).Aggregate((a, b) => g.Node("Mul", [a, b]));
        return AnyOf(g, inputs) is { } any ? g.Node("Where", [g.Node("Unsqueeze", [any, g.Integers(2)]), y, g.Number(0)]) : y;
    }

    // The steps that are data in any input, or null where an input has no mask, so that all are.
    private static string? AnyOf(OnnxGraphWriter g, ExportValue[] inputs) => inputs.Any(input => input.Mask is null)
        ? null
        : inputs.Select(input => input.Mask!.Name).Distinct().Aggregate((a, b) => g.Node("Or", [a, b]));

    private static string[] Names(ExportValue[] inputs) => [.. inputs.Select(input => input.Name)];

    private static string DotOf(OnnxGraphWriter g, Dot layer, ExportValue[] inputs)
    {
        (ExportValue a, ExportValue b) = (inputs[0], inputs[1]);
        if (a.Rank > 3 || b.Rank > 3 || layer.Normalize) { throw OnnxExporter.Unsupported(layer, "only plain products of inputs of two or three axes are written."); }
        string first = Last(g, a, layer.Axes[0], contractedLast: true), second = Last(g, b, layer.Axes[1], contractedLast: false);
        string y = g.Node("MatMul", [first, second]);
        if (a.Rank == 2 && b.Rank == 2) { return g.Node("Squeeze", [y, g.Integers(2)]); }
        return a.Rank == 2 ? g.Node("Squeeze", [y, g.Integers(1)]) : b.Rank == 2 ? g.Node("Squeeze", [y, g.Integers(2)]) : y;
    }

    // (batch, rest, contracted) or (batch, contracted, rest), the rest of one place where there is none
    private static string Last(OnnxGraphWriter g, ExportValue x, int axis, bool contractedLast)
    {
        if (x.Rank == 2) { return g.Node("Unsqueeze", [x.Name, g.Integers(contractedLast ? 1 : 2)]); }
        bool isLast = (axis < 0 ? axis + x.Rank : axis) == 2;
        return isLast == contractedLast ? x.Name : g.Node("Transpose", [x.Name], Attribute("perm", [0, 2, 1]));
    }
}
