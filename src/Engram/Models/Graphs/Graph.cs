using Engram.Layers;

namespace Engram.Models;

/// <summary>Where an array comes from: an output of a node, or one of the graph's inputs.</summary>
/// <param name="Node">The node's number, or ~i for the graph's input i.</param>
/// <param name="Output">Which output of the node.</param>
internal readonly record struct GraphSource(int Node, int Output)
{
    public static GraphSource Input(int input) => new(~input, 0);

    public bool IsInput => Node < 0;

    public int InputIndex => ~Node;
}

/// <summary>One use of a layer within a graph.</summary>
internal sealed record GraphNode(Layer Layer, GraphSource[] Inputs);

/// <summary>Uses of layers in an order in which they can be computed, and what the graph puts out.</summary>
internal sealed class Graph(int inputs, GraphNode[] nodes, GraphSource[] outputs)
{
    /// <summary>How many inputs there are.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>The nodes; each comes after those it reads from.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; } = nodes;

    /// <summary>What comes out.</summary>
    public IReadOnlyList<GraphSource> Outputs { get; } = outputs;

    /// <summary>A chain of layers with one input and one output.</summary>
    public static Graph Chain(IReadOnlyList<Layer> layers) => new(
        1,
        [.. layers.Select((layer, i) => new GraphNode(layer, [i == 0 ? GraphSource.Input(0) : new GraphSource(i - 1, 0)]))],
        [layers.Count == 0 ? GraphSource.Input(0) : new GraphSource(layers.Count - 1, 0)]);

    /// <summary>The shapes of the outputs for given shapes of the inputs; does what is told with each node on the way.</summary>
    public Shape[] Infer(IReadOnlyList<Shape> inputs, Action<int, IReadOnlyList<Shape>>? visit = null)
    {
        var shapes = new IReadOnlyList<Shape>[Nodes.Count];
        Shape Of(GraphSource source) => source.IsInput ? inputs[source.InputIndex] : shapes[source.Node][source.Output];
        for (int i = 0; i < shapes.Length; i++)
        {
            Shape[] read = [.. Nodes[i].Inputs.Select(Of)];
            visit?.Invoke(i, read);
            shapes[i] = Nodes[i].Layer.OutputShapes(read);
        }

        return [.. Outputs.Select(Of)];
    }
}
