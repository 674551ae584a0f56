using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Operators that bring elements to mean 0 and variance 1.</summary>
internal static class NormalizationOperators
{
    public static OnnxValue LayerNormalization(OnnxContext c)
    {
        OnnxFlow flow = c.Flow(0);
        int first = c.Axis(c.Integer("axis", -1), flow.Rank);
        SymbolicTensor x = c.BatchFirst(flow, out int batch);
        if (batch >= first || Reads(c, 1) || Reads(c, 2)) { throw c.Error("normalises over the batch, or puts out its moments, which is not read"); }
        int[] axes = [.. Enumerable.Range(first, flow.Rank - first)];
        if (axes.Any(axis => !flow.Dims[axis].IsKnown)) { throw c.Error($"normalises over an axis of {flow.Describe()} whose length is not known"); }
        OnnxConstant scale = c.Constant(1);
        OnnxConstant? offset = c.Optional(2) is null ? null : c.Constant(2);
        long count = axes.Aggregate(1L, (product, axis) => checked(product * flow.Dims[axis].Factor));
        if (scale.Count != count || (offset is not null && offset.Count != count)) { throw c.Error($"has a scale of the shape {scale.Describe()} for {count} places"); }
        var layer = new LayerNormalization { Axes = axes, Epsilon = Epsilon(c), Center = offset is not null };
        SymbolicTensor y = c.Apply(layer, x);
        c.Importer.AfterBuild(() =>
        {
            scale.Floats().CopyTo(layer.Weights[0].Value.Span);
            offset?.Floats().CopyTo(layer.Weights[1].Value.Span);
        });
        return OnnxFlow.Of(y, flow.Dims, batch);
    }

    /// <summary>With the moments of the file; trained further, with those of the batches.</summary>
    public static OnnxValue Batch(OnnxContext c)
    {
        if (c.Integer("training_mode", 0) != 0 || Enumerable.Range(1, 4).Any(output => Reads(c, output))) { throw c.Error("takes the moments of the batch, which is not read; expected training_mode 0"); }
        float momentum = c.Single("momentum", 0.9f);
        if (!(momentum is >= 0 and <= 1)) { throw c.Error($"has the momentum {momentum}"); }
        return Channels(c, new BatchNormalization { Epsilon = Epsilon(c), Momentum = momentum }, 4);
    }

    /// <summary>Each channel of each sample by itself.</summary>
    public static OnnxValue Instance(OnnxContext c) => Channels(c, new GroupNormalization(-1) { Epsilon = Epsilon(c) }, 2);

    public static OnnxValue Group(OnnxContext c)
    {
        long groups = c.Integer("num_groups", 0);
        if (groups is < 1 or > int.MaxValue || c.Importer.OperatorSet < 21) { throw c.Error($"has {groups} groups in operator set {c.Importer.OperatorSet}; expected 1 or more and operator set 21, in which each channel has its scale"); }
        return Channels(c, new GroupNormalization((int)groups) { Epsilon = Epsilon(c) }, 2);
    }

    // (batch, channels, places...) with arrays of a number for each channel. The channels stand on the last axis of the array.
    private static OnnxFlow Channels(OnnxContext c, Layer layer, int arrays)
    {
        OnnxFlow flow = c.Flow(0);
        if (flow.Rank < 2 || flow.BatchAxis != 0 || !flow.Dims[1].IsKnown) { throw c.Error($"has an input of the shape {flow.Describe()}; expected (batch, channels, places...) with a known number of channels"); }
        OnnxConstant[] given = [.. Enumerable.Range(1, arrays).Select(c.Constant)];
        if (given.FirstOrDefault(array => !array.IsFloat || flow.Dims[1] != Dim.Of(array.Count)) is { } wrong) { throw c.Error($"has an array of the shape {wrong.Describe()} for {flow.Dims[1]} channels"); }
        int[] order = [0, .. Enumerable.Range(2, flow.Rank - 2), 1];
        OnnxFlow turned = flow.WithAxes([.. order.Select(axis => flow.Axes[axis])]);
        SymbolicTensor y = c.Apply(layer, c.BatchFirst(turned, out _));
        c.Importer.AfterBuild(() =>
        {
            for (int i = 0; i < given.Length; i++) { given[i].Floats().CopyTo(layer.Weights[i].Value.Span); }
        });
        OnnxFlow result = OnnxFlow.Of(y, turned.Dims, 0);
        return result.WithAxes([result.Axes[0], result.Axes[^1], .. result.Axes[1..^1]]);
    }

    private static float Epsilon(OnnxContext c)
    {
        float epsilon = c.Single("epsilon", 1e-5f);
        return epsilon >= 0 ? epsilon : throw c.Error($"has the epsilon {epsilon}");
    }

    private static bool Reads(OnnxContext c, int output) => c.Importer.IsRead(c.Node, output);
}
