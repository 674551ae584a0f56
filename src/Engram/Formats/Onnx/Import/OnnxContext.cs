using Engram.Formats.Onnx.Layers;
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

    /// <summary>The flow as an array whose axes are those of the file, but the batch first; its layers are the few that this needs.</summary>
    public SymbolicTensor BatchFirst(OnnxFlow flow, out int batchAxis)
    {
        batchAxis = flow.BatchAxis;
        if (batchAxis < 0) { throw Error($"an input of the shape {flow.Describe()} has the batch together with other axes; the batch must be an axis of its own here"); }
        int[] order = OnnxFlow.BatchFirst(flow.Rank, batchAxis);
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
        if (target.Count(length => length == -1) > 1 || target.Contains(0)) { throw Error($"needs the shape ({string.Join(", ", after)}), of which more than the batch and one axis may vary"); }
        return Apply(new Reshape(target), tensor);
    }

    /// <summary>An array of the file, or one number everywhere, as it flows between layers.</summary>
    public SymbolicTensor Spread(int[] axes, SymbolicTensor like, Func<float[]> values, bool trainable)
    {
        var layer = new OnnxArray(axes, trainable);
        SymbolicTensor tensor = Apply(layer, like);
        Importer.AfterBuild(() => values().CopyTo(layer.Weights[0].Value.Span));
        return tensor;
    }
}
