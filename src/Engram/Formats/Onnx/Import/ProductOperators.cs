using Engram.Formats.Onnx.Wire;
using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Products: those with matrices of the file are dense layers.</summary>
internal static class ProductOperators
{
    public static OnnxValue Gemm(OnnxContext c)
    {
        if (c.Integer("transA", 0) != 0) { throw c.Error("transposes its input, so that the batch would be what is summed over"); }
        OnnxConstant weights = c.Constant(1);
        bool transposed = c.Integer("transB", 0) != 0;
        OnnxConstant? bias = c.Optional(2) is null ? null : c.Constant(2);
        return Dense(c, c.Flow(0), weights, transposed, bias, c.Single("alpha", 1), c.Single("beta", 1));
    }

    public static OnnxValue MatMul(OnnxContext c)
    {
        OnnxValue second = c.Input(1);
        OnnxValue first = c.Input(0);
        if (second is OnnxConstant { Rank: > 2 } wide && wide.Shape[..^2].All(length => length == 1) && first is OnnxFlow narrow)
        {
            second = wide.Reshaped(wide.Shape[^2..]);
            first = narrow.WithAxes([.. Enumerable.Repeat(Array.Empty<int>(), Math.Max(0, wide.Rank - narrow.Rank)), .. narrow.Axes]);
        }

        OnnxFlow x = c.Importer.AsFlow(c, first);
        if (second is not OnnxConstant { Rank: 2 } weights || !x.HasBatch) { return Products(c, x, c.Flow(1)); }
        if (BiasBehind(c, weights) is not { } found) { return Dense(c, x, weights, transposed: false, null, 1, 1); }
        OnnxFlow y = Dense(c, x, weights, transposed: false, found.Bias, 1, 1);
        c.Importer.Finish(found.Node, y);
        return y;
    }

    // x W + b over the last axis; nodes that share arrays share a layer.
    private static OnnxFlow Dense(OnnxContext c, OnnxFlow x, OnnxConstant weights, bool transposed, OnnxConstant? bias, float alpha, float beta)
    {
        if (weights.Rank != 2 || !weights.IsFloat) { throw c.Error($"multiplies with an array of the shape {weights.Describe()}; expected a matrix of numbers"); }
        (int inputs, int units) = transposed ? (weights.Shape[1], weights.Shape[0]) : (weights.Shape[0], weights.Shape[1]);
        if (inputs == 0 || units == 0 || x.Rank < 2 || x.Dims[^1] != Dim.Of(inputs)) { throw c.Error($"multiplies an input of the shape {x.Describe()} with a matrix of {inputs} rows and {units} columns"); }
        if (bias is not null && (!bias.IsFloat || (bias.Count != 1 && (bias.Count != units || bias.Shape[^1] != units)))) { throw c.Error($"adds an array of the shape {bias.Describe()} to {units} columns"); }
        var layer = (Dense)c.Importer.Shared($"dense {weights.Name} {transposed} {bias?.Name} {alpha} {beta}", () =>
        {
            var created = new Dense(units) { UseBias = bias is not null, KernelInitializer = Initializers.Zeros };
            c.Importer.AfterBuild(() =>
            {
                float[] w = weights.Floats();
                Span<float> kernel = created.Weights[0].Value.Span; // (inputs, units)
                for (int i = 0; i < kernel.Length; i++)
                {
                    kernel[i] = alpha * (transposed ? w[(i % units * inputs) + (i / units)] : w[i]);
                }

                if (bias is null) { return; }
                float[] b = bias.Floats();
                Span<float> target = created.Weights[1].Value.Span;
                for (int i = 0; i < units; i++) { target[i] = beta * b[b.Length == 1 ? 0 : i]; }
            });
            return created;
        });

        // A layer that is used again wants arrays of as many axes as before, so those of length 1 are left out.
        int[] ones = [.. Enumerable.Range(0, x.Rank - 1).Where(axis => x.Dims[axis] == Dim.One)];
        OnnxFlow y = Columns(c, x.WithAxes([.. x.Axes.Where((_, axis) => !ones.Contains(axis))]), layer, units);
        foreach (int axis in ones) { y = y.WithAxes([.. y.Axes[..axis], [], .. y.Axes[axis..]]); }
        return y;
    }

    private static OnnxFlow Columns(OnnxContext c, OnnxFlow x, Dense layer, int units)
    {
        // Where the last axis is that of the array as it is, the others may stand in any order.
        int before = x.Flat.Length - x.Factors[^1].Length;
        if (x.Factors.Length > 1 && !x.Factors.Any(axis => Dim.Product(axis) == Dim.One) && x.Axes[^1].SequenceEqual(Enumerable.Range(before, x.Factors[^1].Length)))
        {
            return new OnnxFlow(c.Apply(layer, x.Tensor), [.. x.Factors[..^1], [Dim.Of(units)]], [.. x.Axes[..^1], [before]]);
        }

        if (x.MergedBatch == x.Rank - 1) { throw c.Error("sums over the batch"); }
        OnnxFlow apart = OnnxContext.WithBatchApart(x, out Func<OnnxFlow, OnnxFlow> restore);
        SymbolicTensor input = c.BatchFirst(apart, out int batch);
        if (batch == apart.Rank - 1) { throw c.Error("sums over the batch"); }
        return restore(OnnxFlow.Of(c.Apply(layer, input), [.. apart.Dims.Take(apart.Rank - 1), Dim.Of(units)], batch));
    }

    // An Add that is the only reader of the product and adds one number to each column.
    private static (int Node, OnnxConstant Bias)? BiasBehind(OnnxContext c, OnnxConstant weights)
    {
        string product = c.Node.Outputs[0];
        if (c.Importer.Readers(product) != 1) { return null; }
        int number = c.Importer.ReaderOf(product);
        if (number <= c.Number) { return null; }
        OnnxNode add = c.Importer.Nodes[number];
        if (add.OpType != "Add" || add.Inputs.Count != 2 || add.Outputs.Count != 1) { return null; }
        string other = add.Inputs[0] == product ? add.Inputs[1] : add.Inputs[0];
        return c.Importer.Find(other) is OnnxConstant { IsFloat: true, Rank: 1 } bias && bias.Shape[0] == weights.Shape[1] ? (number, bias) : null;
    }

    // x_0 (batch, ..., m, k) with x_1 (batch, ..., k, n). Axes before the last two are the same in both, or of length 1 or not there in one.
    private static OnnxFlow Products(OnnxContext c, OnnxFlow a, OnnxFlow b)
    {
        if (a.Rank < 2 || b.Rank < 2 || (!a.HasBatch && !b.HasBatch)) { throw c.Error($"multiplies {a.Describe()} with {b.Describe()}; expected matrices, of which one depends on the batch"); }
        int rank = Math.Max(a.Rank, b.Rank);
        if ((a.HasBatch ? a : b) is { MergedBatch: >= 0 } merged && merged.MergedBatch + rank - merged.Rank < rank - 2)
        {
            int place = merged.MergedBatch + rank - merged.Rank;
            OnnxFlow Apart(OnnxFlow flow, out int count)
            {
                int axis = place - rank + flow.Rank;
                count = 0;
                return axis < 0 ? flow : flow.MergedBatch == axis ? flow.Apart(axis, out count) : throw c.Error($"multiplies {a.Describe()} with {b.Describe()}, whose batch stands together with different axes");
            }

            (a, b) = (Apart(a, out int first), Apart(b, out int second));
            return Products(c, a, b).Together(place, Math.Max(first, second));
        }

        Dim[] leading = [.. Enumerable.Range(0, rank - 2).Select(axis => At(a, axis) == Dim.One ? At(b, axis) : At(a, axis))];
        if (a.Dims[^1] != b.Dims[^2] && !c.Importer.SameLength(a.Dims[^1], b.Dims[^2])) { throw c.Error($"multiplies {a.Describe()} with {b.Describe()}"); }
        Dim At(OnnxFlow flow, int axis) => axis < rank - flow.Rank ? Dim.One : flow.Dims[axis - rank + flow.Rank];
        (a, b) = (ArrayOperators.Repeated(c, a, [.. leading, .. a.Dims.TakeLast(2)]), ArrayOperators.Repeated(c, b, [.. leading, .. b.Dims.TakeLast(2)]));
        SymbolicTensor x = c.BatchFirst(a, out int batch), y = c.BatchFirst(b, out int other);
        if (batch != other || batch >= rank - 2) { throw c.Error("multiplies inputs whose batch is not the same axis, or sums over it"); }
        return OnnxFlow.Of(c.Apply(rank == 3 ? new Dot(2, 1) : new BatchedProduct(), x, y), [.. leading, a.Dims[^2], b.Dims[^1]], batch);
    }
}
