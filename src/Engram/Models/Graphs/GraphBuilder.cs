using Engram.Layers;

namespace Engram.Models;

/// <summary>
/// Finds the uses of layers between inputs and outputs, and the order in which Keras lists their layers: the farther from the outputs the
/// earlier, among equals in the order in which a search from the outputs backwards meets them.
/// </summary>
internal sealed class GraphBuilder
{
    private readonly SymbolicTensor[] inputs;
    private readonly List<LayerUse> uses = []; // each behind those it reads from
    private readonly HashSet<LayerUse> visited = [];
    private readonly Dictionary<Layer, int> met = [];
    private readonly Dictionary<LayerUse, int> depths = [];

    public GraphBuilder(SymbolicTensor[] inputs, SymbolicTensor[] outputs)
    {
        this.inputs = inputs;
        RequireInputs(outputs);
        foreach (SymbolicTensor output in outputs) { Visit(output); }
        foreach (SymbolicTensor input in inputs)
        {
            if (!visited.Contains(input.Use)) { throw new EngramException($"The input {Name(input)} leads to no output; leave it out, or use it."); }
        }

        Dictionary<Layer, int> layerDepths = MeasureDepths();
        Layers = [.. layerDepths.Keys.OrderByDescending(layer => layerDepths[layer]).ThenBy(layer => met[layer])];
        IsChain = depths.Values.Distinct().Count() == depths.Count && uses.All(use => use.Inputs.Count <= 1) && Layers.Count == uses.Count;
        NameLayers();
        LayerUse[] nodes = [.. uses.Where(use => use.Layer is not Input)];
        var numbers = new Dictionary<LayerUse, int>();
        foreach (LayerUse node in nodes) { numbers[node] = numbers.Count; }
        GraphSource Source(SymbolicTensor tensor) => tensor.Layer is Input
            ? GraphSource.Input(Array.IndexOf(inputs, tensor))
            : new GraphSource(numbers[tensor.Use], tensor.Index);
        Graph = new Graph(
            inputs.Length,
            [.. nodes.Select(node => new GraphNode(node.Layer, [.. node.Inputs.Select(Source)]))],
            [.. outputs.Select(Source)]);
    }

    /// <summary>What is computed.</summary>
    public Graph Graph { get; }

    /// <summary>The layers, inputs included, in Keras' order.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>The uses of layers, inputs included.</summary>
    public IReadOnlyList<LayerUse> Uses => uses;

    /// <summary>Whether each layer is used once and reads from the one before it.</summary>
    public bool IsChain { get; }

    private void RequireInputs(SymbolicTensor[] outputs)
    {
        if (inputs.Length == 0 || outputs.Length == 0) { throw new EngramException("A model needs at least one input and one output."); }
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Layer is not Input)
            {
                throw new EngramException($"The input {i} is the {inputs[i]}; a model's inputs are made with new Input(...).");
            }

            if (Array.IndexOf(inputs, inputs[i]) < i) { throw new EngramException($"The input {Name(inputs[i])} is named twice."); }
        }
    }

    // Without recursion: a graph that was unrolled over time is as deep as the sequence is long.
    private void Visit(SymbolicTensor output)
    {
        var open = new Stack<(LayerUse Use, int NextInput)>();
        Enter(output, null, open);
        while (open.TryPop(out (LayerUse Use, int NextInput) at))
        {
            if (at.NextInput == at.Use.Inputs.Count)
            {
                visited.Add(at.Use);
                uses.Add(at.Use);
                continue;
            }

            open.Push((at.Use, at.NextInput + 1));
            Enter(at.Use.Inputs[at.NextInput], at.Use, open);
        }
    }

    private void Enter(SymbolicTensor tensor, LayerUse? reader, Stack<(LayerUse Use, int NextInput)> open)
    {
        LayerUse use = tensor.Use;
        if (visited.Contains(use)) { return; }
        if (use.Layer is Input && Array.IndexOf(inputs, tensor) < 0)
        {
            throw new EngramException(
                $"The graph is not connected: {reader?.Layer.DisplayName ?? "an output"} depends on the input {Name(tensor)}, which is not among the model's inputs ({string.Join(", ", inputs.Select(Name))}).");
        }

        met.TryAdd(use.Layer, met.Count);
        open.Push((use, 0));
    }

    // A layer that is used at several places is as far from the outputs as the farthest.
    private Dictionary<Layer, int> MeasureDepths()
    {
        var layerDepths = new Dictionary<Layer, int>();
        for (int i = uses.Count - 1; i >= 0; i--)
        {
            LayerUse use = uses[i];
            int depth = Math.Max(depths.GetValueOrDefault(use), layerDepths.GetValueOrDefault(use.Layer));
            depths[use] = layerDepths[use.Layer] = depth;
            foreach (SymbolicTensor input in use.Inputs)
            {
                depths[input.Use] = Math.Max(depth + 1, depths.GetValueOrDefault(input.Use));
            }
        }

        return layerDepths;
    }

    // In the order in which the graph was written down, as Keras numbers its layers.
    private void NameLayers()
    {
        Layer[] written = [.. uses.OrderBy(use => use.Order).Select(use => use.Layer).Distinct()];
        LayerNames.NameAll(written);
        foreach (IGrouping<string, Layer> same in written.GroupBy(layer => layer.Name, StringComparer.Ordinal))
        {
            if (same.Count() > 1) { throw new EngramException($"There are {same.Count()} layers named {same.Key}; give each a name of its own."); }
        }
    }

    private static string Name(SymbolicTensor input) => $"{input.Layer.DisplayName} {input.Shape}";
}
