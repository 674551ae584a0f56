using Engram.Layers;
using static Engram.Formats.Onnx.Export.OnnxGraphWriter;

namespace Engram.Formats.Onnx.Export;

/// <summary>Normalising layers as nodes.</summary>
internal static class NormalizationExports
{
    private const float ShortestSquared = 1e-12f, SmallestDeviation = 1e-7f;

    public static string? Write(OnnxGraphWriter g, Layer layer, ExportValue x) => layer switch
    {
        LayerNormalization norm => OfLayer(g, norm, x),
        BatchNormalization norm => OfBatch(g, norm, x),
        GroupNormalization norm => OfGroups(g, norm, x),
        RmsNormalization norm => Scaled(g, x, [.. Resolve(norm.Axes, x)], RootMeanSquare(g, x.Name, [.. Resolve(norm.Axes, x)], norm.Epsilon), norm.Weights[0], "Mul"),
        UnitNormalization norm => g.Node("Div", [x.Name, g.Node("Sqrt", [g.Node("Max", [
            g.Node("ReduceSum", [g.Node("Mul", [x.Name, x.Name]), g.Integers([.. Resolve(norm.Axes, x).Select(axis => (long)axis)])], Attribute("keepdims", 1L)),
            g.Number(ShortestSquared)])])]),
        Normalization norm => Given(g, norm, x),
        _ => null,
    };

    private static IEnumerable<int> Resolve(IReadOnlyList<int> axes, ExportValue x) => axes.Select(axis => axis < 0 ? axis + x.Rank : axis).Order();

    private static string OfLayer(OnnxGraphWriter g, LayerNormalization layer, ExportValue x)
    {
        int[] axes = [.. Resolve(layer.Axes, x)];
        bool trailing = axes.SequenceEqual(Enumerable.Range(x.Rank - axes.Length, axes.Length));
        Weight? gamma = Named(layer, "gamma"), beta = Named(layer, "beta");
        if (trailing && !layer.RmsScaling && gamma is not null)
        {
            string[] inputs = [x.Name, LayerExports.Weight(g, gamma), .. beta is null ? Array.Empty<string>() : [LayerExports.Weight(g, beta)]];
            return g.Node("LayerNormalization", inputs, Attribute("axis", (long)axes[0]), Attribute("epsilon", (float)layer.Epsilon));
        }

        string mean = Mean(g, x.Name, axes);
        string centred = g.Node("Sub", [x.Name, mean]);
        string variance = Mean(g, g.Node("Mul", [centred, centred]), axes);
        string deviation = g.Node("Sqrt", [g.Node("Add", [variance, g.Number((float)layer.Epsilon)])]);
        string y = g.Node("Div", [layer.RmsScaling ? x.Name : centred, deviation]);
        if (gamma is not null) { y = Scaled(g, x, axes, y, gamma, "Mul"); }
        return beta is null ? y : Scaled(g, x, axes, y, beta, "Add");
    }

    // With the moments of training put into one factor and one offset for each channel.
    private static string OfBatch(OnnxGraphWriter g, BatchNormalization layer, ExportValue x)
    {
        int axis = layer.Axis < 0 ? layer.Axis + x.Rank : layer.Axis;
        Weight mean = Named(layer, "moving_mean")!, variance = Named(layer, "moving_variance")!;
        float[] Factor() => [.. Enumerable.Range(0, mean.Value.Length)
            .Select(c => (float)((Named(layer, "gamma")?.Value.Span[c] ?? 1) / Math.Sqrt(variance.Value.Span[c] + layer.Epsilon)))];
        float[] Offset()
        {
            float[] factor = Factor();
            return [.. factor.Select((f, c) => (float)((Named(layer, "beta")?.Value.Span[c] ?? 0) - ((double)mean.Value.Span[c] * f)))];
        }

        int[] shape = [.. Enumerable.Range(axis, x.Rank - axis).Select(i => i == axis ? mean.Value.Length : 1)];
        return g.Node("Add", [g.Node("Mul", [x.Name, g.Array("factor", shape, Factor)]), g.Array("offset", shape, Offset)]);
    }

    // (batch, places, groups, channels of a group): each group of a sample by itself
    private static string OfGroups(OnnxGraphWriter g, GroupNormalization layer, ExportValue x)
    {
        if ((layer.Axis < 0 ? layer.Axis + x.Rank : layer.Axis) != x.Rank - 1)
        {
            throw OnnxExporter.Unsupported(layer, "its channels do not stand on the last axis.");
        }

        int channels = x.Shape.Last, groups = layer.Groups == -1 ? channels : layer.Groups;
        string split = g.Node("Reshape", [x.Name, g.Integers(0, -1, groups, channels / groups)]);
        string centred = g.Node("Sub", [split, Mean(g, split, [1, 3])]);
        string variance = Mean(g, g.Node("Mul", [centred, centred]), [1, 3]);
        string y = g.Node("Div", [centred, g.Node("Sqrt", [g.Node("Add", [variance, g.Number((float)layer.Epsilon)])])]);
        y = g.Node("Reshape", [y, g.Node("Shape", [x.Name])]);
        if (Named(layer, "gamma") is { } gamma) { y = g.Node("Mul", [y, LayerExports.Weight(g, gamma)]); }
        return Named(layer, "beta") is { } beta ? g.Node("Add", [y, LayerExports.Weight(g, beta)]) : y;
    }

    private static string Given(OnnxGraphWriter g, Normalization layer, ExportValue x)
    {
        int[] axes = [.. Resolve(layer.Axes, x)];
        int[] lengths = [.. axes.Select(axis => x.Shape[axis])];
        int count = lengths.Aggregate(1, (product, length) => product * length);
        float[] Means() => layer.Mean is { } given
            ? [.. Enumerable.Range(0, count).Select(i => (float)given[i % given.Count])]
            : layer.Weights[0].Value.Span.ToArray();
        float[] Deviations()
        {
            IEnumerable<double> variances = layer.Variance is { } given
                ? Enumerable.Range(0, count).Select(i => given[i % given.Count])
                : layer.Weights[1].Value.Span.ToArray().Select(v => (double)v);
            return [.. variances.Select(v => (float)Math.Max(Math.Sqrt(v), SmallestDeviation))];
        }

        int[] shape = Broadcast(x, axes, lengths);
        string mean = g.Array("mean", shape, Means), deviation = g.Array("deviation", shape, Deviations);
        return layer.Invert
            ? g.Node("Add", [g.Node("Mul", [x.Name, deviation]), mean])
            : g.Node("Div", [g.Node("Sub", [x.Name, mean]), deviation]);
    }

    private static string RootMeanSquare(OnnxGraphWriter g, string x, int[] axes, double epsilon) => g.Node(
        "Div", [x, g.Node("Sqrt", [g.Node("Add", [Mean(g, g.Node("Mul", [x, x]), axes), g.Number((float)epsilon)])])]);

    private static string Mean(OnnxGraphWriter g, string x, int[] axes) => g.Node("ReduceMean", [x], Attribute("axes", axes), Attribute("keepdims", 1L));

    // A weight that has some of the input's axes, with axes of length 1 for the others.
    private static string Scaled(OnnxGraphWriter g, ExportValue x, int[] axes, string y, Weight weight, string op) => g.Node(op, [
        y, g.Array(weight.Name, Broadcast(x, axes, weight.Value.Axes.ToArray()), () => weight.Value.Span.ToArray())]);

    private static int[] Broadcast(ExportValue x, int[] axes, int[] lengths)
    {
        var shape = new int[x.Rank];
        shape.AsSpan().Fill(1);
        for (int i = 0; i < axes.Length; i++) { shape[axes[i]] = lengths[i]; }
        return shape;
    }

    private static Weight? Named(Layer layer, string name) => layer.Weights.FirstOrDefault(weight => weight.Name == name || weight.Name.EndsWith($"/{name}", StringComparison.Ordinal));
}
