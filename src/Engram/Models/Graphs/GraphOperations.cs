using Engram.Formats.TensorBoard;

namespace Engram.Models;

/// <summary>A model as a list of operations: each use of a layer, those of nested models in their place, under names with a slash.</summary>
internal sealed class GraphOperations
{
    private readonly List<GraphOperation> operations = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    public static IReadOnlyList<GraphOperation> Of(Network model)
    {
        var all = new GraphOperations();
        var inputs = new List<(string, Shape?)>();
        for (int i = 0; i < model.Graph.Inputs; i++)
        {
            Shape? shape = model.InputShapes?[i];
            inputs.Add((all.Add(model.InputNames[i], "InputLayer", [], shape), shape));
        }

        all.Add(model, "", inputs);
        return all.operations;
    }

    // Returns what comes out: the name of each output and its shape.
    private List<(string Name, Shape? Shape)> Add(Network model, string prefix, List<(string Name, Shape? Shape)> inputs)
    {
        var made = new List<List<(string Name, Shape? Shape)>>();
        (string Name, Shape? Shape) Of(GraphSource source) => source.IsInput ? inputs[source.InputIndex] : made[source.Node][source.Output];
        foreach (GraphNode node in model.Graph.Nodes)
        {
            List<(string Name, Shape? Shape)> read = [.. node.Inputs.Select(Of)];
            string name = prefix + node.Layer.Name;
            if (node.Layer is Network inner)
            {
                made.Add(Add(inner, $"{name}/", read));
                continue;
            }

            Shape[] known = [.. read.Select(input => input.Shape).OfType<Shape>()];
            IReadOnlyList<Shape>? shapes = known.Length == read.Count ? node.Layer.OutputShapes(known) : null;
            string operation = Add(name, node.Layer.Kind, [.. read.Select(input => input.Name)], shapes?[0]);
            int outputs = shapes?.Count ?? 1 + model.Graph.Nodes.SelectMany(other => other.Inputs).Concat(model.Graph.Outputs).Max(source => source.Output);
            made.Add([.. Enumerable.Range(0, outputs).Select(i => (i == 0 ? operation : FormattableString.Invariant($"{operation}:{i}"), shapes?[i]))]);
        }

        return [.. model.Graph.Outputs.Select(Of)];
    }

    // A layer that is used again gets a number.
    private string Add(string name, string kind, string[] inputs, Shape? shape)
    {
        string unique = name;
        for (int i = 1; !names.Add(unique); i++) { unique = FormattableString.Invariant($"{name}_{i}"); }
        operations.Add(new GraphOperation(unique, kind, inputs, shape));
        return unique;
    }
}
