using Engram.Formats.Onnx.Wire;
using Engram.Layers;
using Engram.Models;

namespace Engram.Formats.Onnx.Export;

/// <summary>Writes a network as an ONNX file: each layer by the nodes that compute the same, arrays batch first as in Engram.</summary>
internal sealed class OnnxExporter
{
    private const int IrVersion = 8, OperatorSet = 17;

    private readonly Dictionary<Layer, string> prefixes = [];
    private readonly List<(string Value, string Name, Shape Shape)> states = [];

    private OnnxExporter(OnnxOptions options) => Options = options;

    public OnnxGraphWriter Graph { get; } = new();

    public OnnxOptions Options { get; }

    public static void Export(Network network, string path, OnnxOptions options)
    {
        var exporter = new OnnxExporter(options);
        ProtoFields model = exporter.Write(network);
        AtomicFile.Write(path, model.Write);
    }

    /// <summary>The nodes of a layer.</summary>
    public ExportValue[] Layer(Layer layer, params ExportValue[] inputs)
    {
        string before = Graph.Prefix;
        Graph.Prefix = Prefix(layer, before);
        ExportValue[] outputs = layer is Network network ? Nodes(network, inputs) : LayerExports.Write(this, layer, inputs);
        Graph.Prefix = before;
        return outputs;
    }

    /// <summary>The initial state of a layer as an input of the graph, where options ask for it.</summary>
    public string StateInput(string layer, string state, int width)
    {
        string name = Graph.Unique($"{layer}_{state}_in");
        Graph.Input(name, OnnxElementType.Float32, new Shape(Shape.Unknown, width));
        return name;
    }

    /// <summary>The state of a layer after the last step as an output of the graph.</summary>
    public void StateOutput(string layer, string state, string value, int width) =>
        states.Add((value, Graph.Unique($"{layer}_{state}_out"), new Shape(Shape.Unknown, width)));

    /// <summary>The error about a layer that has no form in ONNX.</summary>
    public static EngramException Unsupported(Layer layer, string why) => new($"{layer.DisplayName} ({layer.Kind}): cannot be written as ONNX: {why}");

    private ProtoFields Write(Network network)
    {
        if (!network.IsBuilt) { throw new EngramException($"{network.Name} has no weights yet; build it before it is exported."); }
        IReadOnlyList<Shape> shapes = network.InputShapes!;
        var inputs = new ExportValue[shapes.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            string name = Graph.Unique(network.InputNames[i]);
            bool whole = HoldsTokens(network.Graph, i);
            Graph.Input(name, whole ? OnnxElementType.Int64 : OnnxElementType.Float32, shapes[i]);
            inputs[i] = new ExportValue(name, shapes[i]);
        }

        ExportValue[] outputs = Nodes(network, inputs);
        for (int i = 0; i < outputs.Length; i++) { Graph.Output(outputs[i].Name, Graph.Unique(network.OutputNames[i]), outputs[i].Shape); }
        foreach ((string value, string name, Shape shape) in states) { Graph.Output(value, name, shape); }
        return new ProtoFields().Integer(OnnxFields.Model.IrVersion, IrVersion)
            .Text(OnnxFields.Model.ProducerName, "Engram")
            .Text(OnnxFields.Model.ProducerVersion, typeof(OnnxExporter).Assembly.GetName().Version!.ToString(3))
            .Message(OnnxFields.Model.Graph, Graph.Finish(network.Name))
            .Message(OnnxFields.Model.OpsetImport, new ProtoFields().Text(OnnxFields.Opset.Domain, "").Integer(OnnxFields.Opset.Version, OperatorSet));
    }

    private ExportValue[] Nodes(Network network, ExportValue[] inputs)
    {
        Graph graph = network.Graph;
        var values = new ExportValue[graph.Nodes.Count][];
        ExportValue Of(GraphSource source) => source.IsInput ? inputs[source.InputIndex] : values[source.Node][source.Output];
        for (int i = 0; i < values.Length; i++) { values[i] = Layer(graph.Nodes[i].Layer, [.. graph.Nodes[i].Inputs.Select(Of)]); }
        return [.. graph.Outputs.Select(Of)];
    }

    // An input that only embeddings read holds whole numbers.
    private static bool HoldsTokens(Graph graph, int input)
    {
        bool any = false;
        foreach (GraphNode node in graph.Nodes)
        {
            for (int i = 0; i < node.Inputs.Length; i++)
            {
                if (!node.Inputs[i].IsInput || node.Inputs[i].InputIndex != input) { continue; }
                bool tokens = node.Layer is Embedding || (node.Layer is Network inner && HoldsTokens(inner.Graph, i));
                if (!tokens) { return false; }
                any = true;
            }
        }

        return any && !graph.Outputs.Any(output => output.IsInput && output.InputIndex == input);
    }

    private string Prefix(Layer layer, string before)
    {
        if (prefixes.TryGetValue(layer, out string? known)) { return known; }
        string own = layer.Name.Length > 0 ? layer.Name : layer.Kind;
        return prefixes[layer] = before.Length == 0 ? own : $"{before}/{own}";
    }
}
