using Engram.Layers;
using Engram.Models;

namespace Engram.Inspection;

/// <summary>Where an attribution is read off: at an input of the model itself, or behind the embedding or masking that reads it.</summary>
/// <param name="Input">Which input of the model.</param>
/// <param name="Layer">The layer behind which, or null.</param>
internal sealed record AttributionTap(int Input, Layer? Layer);

/// <summary>
/// A model's graph whose inputs are the taps. Nested models are written out, so that an embedding within one is reached; embeddings and maskings
/// that read an input are left out and computed beforehand: whole numbers have no derivative, and on the way from the baseline to the input
/// the padding must stay what it is.
/// </summary>
internal sealed class AttributionGraph
{
    private readonly List<GraphNode> nodes = [];
    private readonly List<AttributionTap> taps = [];

    public AttributionGraph(Network model)
    {
        GraphSource[] inputs = [.. Enumerable.Range(0, model.Graph.Inputs).Select(GraphSource.Input)];
        GraphSource[] outputs = Inline(model.Graph, inputs);

        // Sources that are taps, and nodes without those that are left out.
        var numbers = new int[nodes.Count];
        var cut = new int?[nodes.Count];
        var kept = new List<GraphNode>();
        GraphSource Of(GraphSource source) => source.IsInput ? GraphSource.Input(Tap(source.InputIndex, null))
            : cut[source.Node] is { } tap ? GraphSource.Input(tap)
            : new GraphSource(numbers[source.Node], source.Output);
        for (int i = 0; i < nodes.Count; i++)
        {
            (Layer layer, GraphSource[] sources) = (nodes[i].Layer, nodes[i].Inputs);
            if (layer is Embedding or Masking && sources[0].IsInput)
            {
                cut[i] = Tap(sources[0].InputIndex, layer);
                continue;
            }

            if (Embeddings(layer) is { } embedding)
            {
                throw new EngramException($"{embedding.DisplayName}: whole numbers have no derivative, and this embedding does not read an input of the model itself; the prediction cannot be traced back through it.");
            }

            numbers[i] = kept.Count;
            kept.Add(new GraphNode(layer, [.. sources.Select(Of)]));
        }

        outputs = [.. outputs.Select(Of)];
        Graph = new Graph(taps.Count, [.. kept], outputs);
    }

    /// <summary>The graph.</summary>
    public Graph Graph { get; }

    /// <summary>Its inputs.</summary>
    public IReadOnlyList<AttributionTap> Taps => taps;

    private static Layer? Embeddings(Layer layer) => layer is Embedding ? layer : layer.InnerLayers.Select(Embeddings).FirstOrDefault(found => found is not null);

    private int Tap(int input, Layer? layer)
    {
        int known = taps.FindIndex(tap => tap.Input == input && tap.Layer == layer);
        if (known >= 0) { return known; }
        taps.Add(new AttributionTap(input, layer));
        return taps.Count - 1;
    }

    // Adds a graph's nodes, those of nested models in their place, and returns where its outputs are.
    private GraphSource[] Inline(Graph graph, GraphSource[] inputs)
    {
        var outputs = new Func<int, GraphSource>[graph.Nodes.Count];
        GraphSource Of(GraphSource source) => source.IsInput ? inputs[source.InputIndex] : outputs[source.Node](source.Output);
        for (int i = 0; i < outputs.Length; i++)
        {
            GraphSource[] sources = [.. graph.Nodes[i].Inputs.Select(Of)];
            if (graph.Nodes[i].Layer is Network nested)
            {
                GraphSource[] inner = Inline(nested.Graph, sources);
                outputs[i] = output => inner[output];
                continue;
            }

            int number = nodes.Count;
            nodes.Add(new GraphNode(graph.Nodes[i].Layer, sources));
            outputs[i] = output => new GraphSource(number, output);
        }

        return [.. graph.Outputs.Select(Of)];
    }
}
