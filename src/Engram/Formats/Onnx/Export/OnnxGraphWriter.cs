using System.Globalization;
using System.Runtime.InteropServices;
using Engram.Formats.Onnx.Wire;

namespace Engram.Formats.Onnx.Export;

/// <summary>A graph as it is written down: nodes, constants, inputs and outputs, each value under a name of its own.</summary>
internal sealed class OnnxGraphWriter
{
    private readonly ProtoFields graph = new();
    private readonly Dictionary<string, string> constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> names = new(StringComparer.Ordinal); // and how many have it with a number behind it
    private readonly List<ProtoFields> initializers = [], inputs = [], outputs = [];

    /// <summary>What the names of new values begin with: the layer that is written.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>A name that nothing else has.</summary>
    public string Unique(string name)
    {
        if (names.TryAdd(name, 0)) { return name; }
        string unique;
        do { unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{++names[name]}"); }
        while (!names.TryAdd(unique, 0));
        return unique;
    }

    /// <summary>Adds a node with one output.</summary>
    public string Node(string op, ReadOnlySpan<string> inputs, params ReadOnlySpan<ProtoFields> attributes) => Nodes(op, 1, inputs, attributes)[0];

    /// <summary>Adds a node.</summary>
    /// <returns>The names of its outputs.</returns>
    public string[] Nodes(string op, int outputs, ReadOnlySpan<string> inputs, params ReadOnlySpan<ProtoFields> attributes)
    {
        var results = new string[outputs];
        for (int i = 0; i < outputs; i++) { results[i] = Unique($"{Prefix}/{op}"); }
        Add(op, inputs, results, attributes);
        return results;
    }

    /// <summary>Adds a node whose output has a given name.</summary>
    public void Add(string op, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, params ReadOnlySpan<ProtoFields> attributes)
    {
        ProtoFields node = new();
        foreach (string input in inputs) { node.Text(OnnxFields.Node.Input, input); }
        foreach (string output in outputs) { node.Text(OnnxFields.Node.Output, output); }
        node.Text(OnnxFields.Node.Name, outputs[0]).Text(OnnxFields.Node.OpType, op);
        foreach (ProtoFields attribute in attributes) { node.Message(OnnxFields.Node.Attribute, attribute); }
        graph.Message(OnnxFields.Graph.Node, node);
    }

    /// <summary>A list of whole numbers.</summary>
    public string Integers(params long[] values) => Constant(
        $"i{string.Join(',', values)}", [values.Length], OnnxElementType.Int64, () => MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>A whole number.</summary>
    public string Integer(long value) => Constant(
        string.Create(CultureInfo.InvariantCulture, $"n{value}"), [], OnnxElementType.Int64, () => BitConverter.GetBytes(value));

    /// <summary>A number.</summary>
    public string Number(float value) => Constant(
        $"f{BitConverter.SingleToInt32Bits(value):x}", [], OnnxElementType.Float32, () => BitConverter.GetBytes(value));

    /// <summary>Truth values as numbers, 1 and 0.</summary>
    public string Number(string truths) => Node("Cast", [truths], Attribute("to", (long)OnnxElementType.Float32));

    /// <summary>Numbers as truth values: whether they are not 0.</summary>
    public string Truth(string numbers) => Node("Cast", [numbers], Attribute("to", (long)OnnxElementType.Boolean));

    /// <summary>An array of weights, which is made when the file is written.</summary>
    public string Array(string name, ReadOnlySpan<int> dims, Func<float[]> values)
    {
        string unique = Unique(Prefix.Length == 0 ? name : $"{Prefix}/{name}");
        long count = 1;
        foreach (int dim in dims) { count *= dim; }
        Initialize(unique, dims, OnnxElementType.Float32, count * sizeof(float), stream => stream.Write(MemoryMarshal.AsBytes(values().AsSpan())));
        return unique;
    }

    /// <summary>An input of the graph.</summary>
    public void Input(string name, OnnxElementType type, Shape shape, string batch = "batch") => inputs.Add(Value(name, type, shape, batch));

    /// <summary>An output of the graph, under the name of a value that is there.</summary>
    public void Output(string value, string name, Shape shape)
    {
        Add("Identity", [value], [name]);
        outputs.Add(Value(name, OnnxElementType.Float32, shape, "batch"));
    }

    /// <summary>The whole graph.</summary>
    public ProtoFields Finish(string name)
    {
        graph.Text(OnnxFields.Graph.Name, name);
        foreach (ProtoFields initializer in initializers) { graph.Message(OnnxFields.Graph.Initializer, initializer); }
        foreach (ProtoFields input in inputs) { graph.Message(OnnxFields.Graph.Input, input); }
        foreach (ProtoFields output in outputs) { graph.Message(OnnxFields.Graph.Output, output); }
        return graph;
    }

    public static ProtoFields Attribute(string name, long value) => new ProtoFields().Text(OnnxFields.Attribute.Name, name)
        .Integer(OnnxFields.Attribute.Integer, value).Integer(OnnxFields.Attribute.Type, (long)OnnxAttributeType.Integer);

    public static ProtoFields Attribute(string name, float value) => new ProtoFields().Text(OnnxFields.Attribute.Name, name)
        .Single(OnnxFields.Attribute.Single, value).Integer(OnnxFields.Attribute.Type, (long)OnnxAttributeType.Single);

    public static ProtoFields Attribute(string name, string value) => new ProtoFields().Text(OnnxFields.Attribute.Name, name)
        .Text(OnnxFields.Attribute.Text, value).Integer(OnnxFields.Attribute.Type, (long)OnnxAttributeType.Text);

    public static ProtoFields Attribute(string name, params IEnumerable<int> values) => new ProtoFields().Text(OnnxFields.Attribute.Name, name)
        .Integers(OnnxFields.Attribute.Integers, values.Select(value => (long)value)).Integer(OnnxFields.Attribute.Type, (long)OnnxAttributeType.Integers);

    public static ProtoFields Attribute(string name, params IEnumerable<float> values) => new ProtoFields().Text(OnnxFields.Attribute.Name, name)
        .Singles(OnnxFields.Attribute.Singles, values).Integer(OnnxFields.Attribute.Type, (long)OnnxAttributeType.Singles);

    public static ProtoFields Attribute(string name, params IEnumerable<string> values) => new ProtoFields().Text(OnnxFields.Attribute.Name, name)
        .Texts(OnnxFields.Attribute.Texts, values).Integer(OnnxFields.Attribute.Type, (long)OnnxAttributeType.Texts);

    private string Constant(string key, ReadOnlySpan<int> dims, OnnxElementType type, Func<byte[]> bytes)
    {
        if (constants.TryGetValue(key, out string? known)) { return known; }
        string name = constants[key] = Unique($"const/{key}");
        byte[] data = bytes();
        Initialize(name, dims, type, data.Length, stream => stream.Write(data));
        return name;
    }

    private void Initialize(string name, ReadOnlySpan<int> dims, OnnxElementType type, long length, Action<Stream> write)
    {
        ProtoFields tensor = new();
        foreach (int dim in dims) { tensor.Integer(OnnxFields.Tensor.Dims, dim); }
        initializers.Add(tensor.Integer(OnnxFields.Tensor.DataType, (long)type).Text(OnnxFields.Tensor.Name, name)
            .Data(OnnxFields.Tensor.Raw, length, write));
    }

    private static ProtoFields Value(string name, OnnxElementType type, Shape shape, string batch)
    {
        ProtoFields axes = new();
        for (int i = 0; i < shape.Rank; i++)
        {
            ProtoFields axis = new();
            if (i == 0) { axis.Text(OnnxFields.Dimension.Name, batch); }
            else if (shape[i] != Shape.Unknown) { axis.Integer(OnnxFields.Dimension.Length, shape[i]); }
            axes.Message(OnnxFields.TensorShape.Dimension, axis);
        }

        ProtoFields tensor = new ProtoFields().Integer(OnnxFields.TensorType.ElementType, (long)type).Message(OnnxFields.TensorType.Shape, axes);
        return new ProtoFields().Text(OnnxFields.Value.Name, name)
            .Message(OnnxFields.Value.Type, new ProtoFields().Message(OnnxFields.Type.Tensor, tensor));
    }
}
