using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Sums, means and extremes along axes.</summary>
internal static class ReduceOperators
{
    public static OnnxValue Read(OnnxContext c)
    {
        OnnxValue value = c.Input(0);
        long[]? given = c.Integers(1, "axes");
        if (given is null or [] && c.Integer("noop_with_empty_axes", 0) != 0) { return value; }
        if (value is OnnxNumbers numbers && c.Node.OpType == "ReduceProd")
        {
            return new OnnxNumbers([Dim.Product(numbers.Values)], c.Integer("keepdims", 1) == 0);
        }

        int[] axes = given is null or [] ? [.. Enumerable.Range(0, value.Rank)] : [.. given.Select(axis => c.Axis(axis, value.Rank)).Order().Distinct()];
        bool keep = c.Integer("keepdims", 1) != 0;
        OnnxValue Along(Reduction reduction, OnnxValue of) => Reduced(c, c.Importer.AsFlow(c, of), reduction, axes, keep);
        OnnxValue Squared() => c.Elementwise(value, () => new Activation(ParametricFunction.Of(FunctionKind.Power, 2)));
        return c.Node.OpType switch
        {
            "ReduceSum" => Along(Reduction.Sum, value),
            "ReduceMean" => Along(Reduction.Mean, value),
            "ReduceMax" => Along(Reduction.Maximum, value),
            "ReduceMin" => Along(Reduction.Minimum, value),
            "ReduceSumSquare" => Along(Reduction.Sum, Squared()),
            "ReduceL2" => c.Elementwise(Along(Reduction.Sum, Squared()), () => new Activation(ParametricFunction.Of(FunctionKind.Sqrt))),
            "ReduceL1" => Along(Reduction.Sum, c.Elementwise(value, () => new Activation(ParametricFunction.Of(FunctionKind.Abs)))),
            _ => throw c.Error("multiplies elements along axes, which is read for lengths alone"),
        };
    }

    /// <summary>The mean or largest of all places of each channel: (batch, channels, places...) to (batch, channels, 1...).</summary>
    public static OnnxValue Global(OnnxContext c, Reduction reduction)
    {
        OnnxFlow flow = c.Flow(0);
        if (flow.Rank < 3) { throw c.Error($"has an input of the shape {flow.Describe()}; expected (batch, channels, places...)"); }
        return Reduced(c, flow, reduction, [.. Enumerable.Range(2, flow.Rank - 2)], keep: true);
    }

    private static OnnxFlow Reduced(OnnxContext c, OnnxFlow flow, Reduction reduction, int[] axes, bool keep)
    {
        if (axes.Length == 0) { return flow; }
        OnnxFlow apart = OnnxContext.WithBatchApart(flow, out Func<OnnxFlow, OnnxFlow> restore);
        int shift = apart.Rank - flow.Rank, merged = flow.MergedBatch;
        if (axes.Contains(merged) || axes.Contains(flow.BatchAxis)) { throw c.Error("goes along the batch, so that samples would be mixed"); }
        if (!apart.HasBatch)
        {
            OnnxFlow with = c.WithBatch(apart.WithAxes([[], .. apart.Axes]), apart.Rank + 1, 0);
            OnnxFlow result = Reduced(c, with, reduction, [.. axes.Select(axis => axis + 1)], keep);
            return result.WithAxes(result.Axes[1..]);
        }

        int[] along = [.. axes.Select(axis => merged >= 0 && axis > merged ? axis + shift : axis)];
        (SymbolicTensor x, int[] order) = Arrange(c, apart, along);
        int[] places = [.. along.Select(axis => Array.IndexOf(order, axis)).Order()];
        SymbolicTensor y = c.Apply(LayerFor(reduction, apart.Rank, places), x);
        int[] kept = [.. order.Where(axis => !along.Contains(axis))];
        var result2 = new int[apart.Rank][];
        foreach (int axis in along) { result2[axis] = []; }
        for (int i = 0; i < kept.Length; i++) { result2[kept[i]] = [i]; }
        OnnxFlow whole = restore(new OnnxFlow(y, [.. kept.Select(axis => new[] { apart.Dims[axis] })], result2));
        return keep ? whole : whole.WithAxes([.. whole.Axes.Where((_, axis) => !axes.Contains(axis))]);
    }

    // In the order in which the array lies where each of its axes is one of the file; otherwise the batch first.
    private static (SymbolicTensor Tensor, int[] Order) Arrange(OnnxContext c, OnnxFlow flow, int[] along)
    {
        int[] owner = new int[flow.Flat.Length];
        for (int axis = 0; axis < flow.Axes.Length; axis++)
        {
            foreach (int factor in flow.Axes[axis]) { owner[factor] = axis; }
        }

        int[] lying = [.. Enumerable.Range(0, flow.Flat.Length).Where(factor => flow.Flat[factor] != Dim.One).Select(factor => owner[factor]).Distinct()];
        int[] order = [.. lying, .. Enumerable.Range(0, flow.Rank).Except(lying)];
        if (order[0] != flow.BatchAxis) { order = OnnxFlow.BatchFirst(flow.Rank, flow.BatchAxis); }
        return (c.Arranged(flow, order), order);
    }

    private static Layer LayerFor(Reduction reduction, int rank, int[] axes) => (reduction, rank, axes) switch
    {
        (Reduction.Mean, 3, [1]) => new GlobalAveragePooling1D(),
        (Reduction.Maximum, 3, [1]) => new GlobalMaxPooling1D(),
        (Reduction.Mean, 4, [1, 2]) => new GlobalAveragePooling2D(),
        (Reduction.Maximum, 4, [1, 2]) => new GlobalMaxPooling2D(),
        _ => new Reduce(reduction, axes, keepDimensions: false),
    };
}
