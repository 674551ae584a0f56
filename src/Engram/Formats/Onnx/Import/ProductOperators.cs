using Engram.Formats.Onnx.Wire;
using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>Products with arrays of the file as dense layers, and normalisation.</summary>
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
        if (c.Input(1) is OnnxFlow second) { return Products(c, c.Flow(0), second); }
        OnnxFlow x = c.Flow(0);
        OnnxConstant weights = c.Constant(1);
        if (weights.Rank != 2 || BiasBehind(c, weights) is not { } found) { return Dense(c, x, weights, transposed: false, null, 1, 1); }
        OnnxFlow y = Dense(c, x, weights, transposed: false, found.Bias, 1, 1);
        c.Importer.Finish(found.Node, y);
        return y;
    }

    public static OnnxValue LayerNormalization(OnnxContext c)
    {
        OnnxFlow flow = c.Flow(0);
        int first = c.Axis(c.Integer("axis", -1), flow.Rank);
        SymbolicTensor x = c.BatchFirst(flow, out int batch);
        if (batch >= first || (c.Node.Outputs.Count > 1 && (c.Importer.IsRead(c.Node, 1) || c.Importer.IsRead(c.Node, 2)))) { throw c.Error("normalises over the batch, or puts out its moments, which is not read"); }
        int[] axes = [.. Enumerable.Range(first, flow.Rank - first)];
        if (axes.Any(axis => !flow.Dims[axis].IsKnown)) { throw c.Error($"normalises over an axis of {flow.Describe()} whose length is not known"); }
        OnnxConstant scale = c.Constant(1);
        OnnxConstant? offset = c.Optional(2) is null ? null : c.Constant(2);
        long count = axes.Aggregate(1L, (product, axis) => checked(product * flow.Dims[axis].Factor));
        if (scale.Count != count || (offset is not null && offset.Count != count)) { throw c.Error($"has a scale of the shape {scale.Describe()} for {count} places"); }
        float epsilon = c.Single("epsilon", 1e-5f);
        if (!(epsilon >= 0)) { throw c.Error($"has the epsilon {epsilon}"); }
        var layer = new LayerNormalization { Axes = axes, Epsilon = epsilon, Center = offset is not null };
        SymbolicTensor y = c.Apply(layer, x);
        c.Importer.AfterBuild(() =>
        {
            scale.Floats().CopyTo(layer.Weights[0].Value.Span);
            offset?.Floats().CopyTo(layer.Weights[1].Value.Span);
        });
        return OnnxFlow.Of(y, flow.Dims, batch);
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

        // Where the last axis is that of the array as it is, the others may stand in any order.
        int before = x.Flat.Length - x.Factors[^1].Length;
        if (x.Factors.Length > 1 && x.Axes[^1].SequenceEqual(Enumerable.Range(before, x.Factors[^1].Length)))
        {
            return new OnnxFlow(c.Apply(layer, x.Tensor), [.. x.Factors[..^1], [Dim.Of(units)]], [.. x.Axes[..^1], [before]]);
        }

        SymbolicTensor input = c.BatchFirst(x, out int batch);
        if (batch == x.Rank - 1) { throw c.Error("sums over the batch"); }
        return OnnxFlow.Of(c.Apply(layer, input), [.. x.Dims.Take(x.Rank - 1), Dim.Of(units)], batch);
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

    // x_0 (batch, m, k) with x_1 (batch, k, n)
    private static OnnxFlow Products(OnnxContext c, OnnxFlow a, OnnxFlow b)
    {
        if (a.Rank != 3 || b.Rank != 3) { throw c.Error($"multiplies {a.Describe()} with {b.Describe()}; products of two inputs are read where both have three axes, the batch first"); }
        SymbolicTensor x = c.BatchFirst(a, out int first), y = c.BatchFirst(b, out int second);
        if (first != 0 || second != 0) { throw c.Error("multiplies inputs whose first axis is not the batch"); }
        return OnnxFlow.Of(c.Apply(new Dot(2, 1), x, y), [a.Dims[0], a.Dims[1], b.Dims[2]], 0);
    }
}
