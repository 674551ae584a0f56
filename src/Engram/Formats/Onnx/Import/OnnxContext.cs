using Engram.Formats.Onnx.Wire;
using Engram.Layers;

namespace Engram.Formats.Onnx.Import;

/// <summary>A node that is being read: its inputs as values, its attributes, and what it is in error messages.</summary>
internal sealed class OnnxContext(OnnxImporter importer, OnnxNode node, OnnxValue?[] inputs, int number)
{
    public OnnxImporter Importer { get; } = importer;

    public OnnxNode Node { get; } = node;

    /// <summary>The node's place in the file.</summary>
    public int Number { get; } = number;

    public int InputCount => inputs.Length;

    public string Place => $"node {Number}{(Node.Name.Length > 0 ? $" '{Node.Name}'" : "")} ({Node.OpType})";

    public EngramException Error(string text) => Importer.Source.Error(Place, text);

    /// <summary>An input, or null where it is left out.</summary>
    public OnnxValue? Optional(int input) => input < inputs.Length ? inputs[input] : null;

    public OnnxValue Input(int input) => Optional(input) ?? throw Error($"has no input {input}");

    public OnnxFlow Flow(int input) => Importer.AsFlow(this, Input(input));

    public OnnxConstant Constant(int input) => Input(input) as OnnxConstant ?? throw Error($"input {input} is computed in the graph; expected an array of the file");

    /// <summary>Whole numbers that must be known: an input, or an attribute of older operator sets.</summary>
    public long[]? Integers(int input, string? attribute = null)
    {
        if (Optional(input) is { } value)
        {
            return value switch
            {
                OnnxConstant constant when constant.Count <= 1024 => constant.Integers(),
                OnnxNumbers numbers when numbers.Values.All(dim => dim.IsKnown) => [.. numbers.Values.Select(dim => dim.Factor)],
                _ => throw Error($"input {input} is not known before the graph runs; expected whole numbers of the file"),
            };
        }

        return attribute is not null && Attribute(attribute) is { } given ? [.. given.Integers] : null;
    }

    /// <summary>Whole numbers that may depend on lengths.</summary>
    public Dim[] Numbers(OnnxValue value) => value switch
    {
        OnnxNumbers numbers => numbers.Values,
        OnnxConstant constant when constant.Count <= 1024 => [.. constant.Integers().Select(Dim.Of)],
        OnnxFilled { Rank: 1 } filled when filled.Dims[0].IsKnown && filled.Dims[0].Factor <= 1024 => [.. Enumerable.Repeat(Dim.Of((long)filled.Value), (int)filled.Dims[0].Factor)],
        _ => throw Error("expected whole numbers, of the file or computed from shapes"),
    };

    public OnnxAttribute? Attribute(string name) => Node.Attributes.Find(attribute => attribute.Name == name);

    public long Integer(string name, long otherwise) => Attribute(name)?.Integer ?? otherwise;

    public float Single(string name, float otherwise) => Attribute(name)?.Single ?? otherwise;

    /// <summary>An axis from 0.</summary>
    public int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : throw Error($"has the axis {axis} for an input of {rank} axes");

    /// <summary>Uses a layer once more in the graph.</summary>
    public SymbolicTensor Apply(Layer layer, params ReadOnlySpan<SymbolicTensor> tensors)
    {
        Importer.Use(layer);
        return layer.Apply(tensors);
    }

    /// <summary>A function of each element.</summary>
    public OnnxValue Elementwise(OnnxValue value, Func<Layer> layer)
    {
        OnnxFlow flow = Importer.AsFlow(this, value);
        return flow.WithTensor(Apply(layer(), flow.Tensor));
    }

    /// <summary>A value as a flow whose batch is an axis of its own, and what puts it together with others again.</summary>
    public static OnnxFlow WithBatchApart(OnnxFlow flow, out Func<OnnxFlow, OnnxFlow> restore)
    {
        int merged = flow.MergedBatch;
        if (merged < 0)
        {
            restore = result => result;
            return flow;
        }

        OnnxFlow apart = flow.Apart(merged, out int count);
        restore = result => result.Together(merged, count);
        return apart;
    }

    /// <summary>An array that is the same for each sample, with an axis for the batch where there is none or one of length 1.</summary>
    public OnnxFlow WithBatch(OnnxFlow flow, int rank, int batch)
    {
        var axes = Enumerable.Repeat(Array.Empty<int>(), rank).ToArray();
        for (int i = 0; i < flow.Rank; i++) { axes[rank - flow.Rank + i] = flow.Axes[i]; }
        if (axes[batch].Any(factor => flow.Flat[factor] != Dim.One)) { throw Error($"has an array of the shape {flow.Describe()} with a place for each sample of the batch, which would fix the batch"); }
        axes[batch] = [Array.FindIndex(flow.Flat, dim => dim.IsBatch)];
        return flow.WithAxes(axes);
    }

    /// <summary>The flow as an array whose axes are those of the file, but the batch first; its layers are the few that this needs.</summary>
    public SymbolicTensor BatchFirst(OnnxFlow flow, out int batchAxis)
    {
        batchAxis = flow.BatchAxis;
        if (batchAxis < 0)
        {
            throw Error(flow.HasBatch
                ? $"an input of the shape {flow.Describe()} has the batch together with other axes; the batch must be an axis of its own here"
                : $"an input of the shape {flow.Describe()} is the same for each sample; expected one with the batch on an axis");
        }

        return Arranged(flow, OnnxFlow.BatchFirst(flow.Rank, batchAxis));
    }

    /// <summary>The flow as an array whose axes are those of the file in a given order, the batch first.</summary>
    public SymbolicTensor Arranged(OnnxFlow flow, int[] order)
    {
        int[][] axes = [.. order.Select(axis => flow.Axes[axis].Where(factor => flow.Flat[factor] != Dim.One).ToArray())];
        int[] wanted = [.. axes.SelectMany(axis => axis)];
        int[] there = [.. Enumerable.Range(0, flow.Flat.Length).Where(factor => flow.Flat[factor] != Dim.One)];
        SymbolicTensor tensor = flow.Tensor;
        var lengths = flow.Factors.Select(Dim.Product).ToList();
        if (!wanted.SequenceEqual(there))
        {
            tensor = Reshaped(tensor, lengths, [.. there.Select(factor => flow.Flat[factor])]);
            lengths = [.. wanted.Select(factor => flow.Flat[factor])];
            tensor = Apply(new Permute([.. wanted[1..].Select(factor => Array.IndexOf(there, factor))]), tensor);
        }

        return Reshaped(tensor, lengths, [.. order.Select(axis => flow.Dims[axis])]);
    }

    /// <summary>The same elements in an array of other axes, the batch first in both.</summary>
    public SymbolicTensor Reshaped(SymbolicTensor tensor, IReadOnlyList<Dim> before, IReadOnlyList<Dim> after)
    {
        if (before.SequenceEqual(after)) { return tensor; }
        int[] target = [.. after.Skip(1).Select(dim => dim.IsKnown ? checked((int)dim.Factor) : -1)];
        if (target.Count(length => length == -1) > 1 && before.Where(dim => dim != Dim.One).SequenceEqual(after.Where(dim => dim != Dim.One))) { return WithOnes(tensor, before, after); }
        if (target.Count(length => length == -1) > 1 || target.Contains(0)) { throw Error($"needs the shape ({string.Join(", ", after)}), of which more than the batch and one axis may vary"); }
        return Apply(new Reshape(target), tensor);
    }

    // Axes of length 1 are taken away, which is their sum, and put in elsewhere.
    private SymbolicTensor WithOnes(SymbolicTensor tensor, IReadOnlyList<Dim> before, IReadOnlyList<Dim> after)
    {
        static int[] Ones(IReadOnlyList<Dim> dims) => [.. Enumerable.Range(1, dims.Count - 1).Where(axis => dims[axis] == Dim.One)];
        if (Ones(before) is { Length: > 0 } away) { tensor = Apply(new Reduce(Reduction.Sum, away, keepDimensions: false), tensor); }
        return Ones(after) is { Length: > 0 } inserted ? Apply(new InsertAxes(inserted), tensor) : tensor;
    }

    /// <summary>An array of the file, or one number everywhere, as it flows between layers.</summary>
    public SymbolicTensor Spread(int[] axes, SymbolicTensor like, Func<float[]> values, bool trainable, string? name = null)
    {
        Layer Create() => new StoredArray(axes, trainable);
        Layer layer = name is null ? Create() : Importer.Shared($"array {name} ({string.Join(',', axes)}) {trainable}", Create);
        SymbolicTensor tensor = Apply(layer, like);
        Importer.AfterBuild(() => values().CopyTo(layer.Weights[0].Value.Span));
        return tensor;
    }
}
