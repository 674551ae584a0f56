using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Models;

/// <summary>Writes the graph of a <see cref="Model"/> as Keras does: each layer with its uses, and what each use reads.</summary>
internal sealed class GraphWriter
{
    private readonly Model model;
    private readonly GraphNotes? notes;
    private readonly Dictionary<LayerUse, int> numbers = []; // of the uses within the model

    private GraphWriter(Model model)
    {
        this.model = model;
        foreach (IGrouping<Layer, LayerUse> uses in model.Uses.GroupBy(use => use.Layer))
        {
            int number = 0;
            foreach (LayerUse use in uses.OrderBy(use => use.Number)) { numbers[use] = number++; }
        }

        // What a file said is written again as long as the layers still have the names that it gives them.
        HashSet<string> names = [.. model.Layers.Select(layer => layer.Name)];
        notes = model.Notes is { } read && read.Order.Where(name => !read.Operations.ContainsKey(name)).ToHashSet().SetEquals(names) ? read : null;
    }

    /// <summary>Writes the options of a functional model.</summary>
    public static void Write(Model model, Configuration config)
    {
        var writer = new GraphWriter(model);
        config.Set("name", model.Name);
        config.Set("trainable", model.Trainable);
        Dictionary<string, Layer> layers = model.Layers.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        IEnumerable<string> order = writer.notes?.Order ?? model.Layers.Select(layer => layer.Name);
        config.Json["layers"] = new JsonArray([.. order.Select(name => layers.TryGetValue(name, out Layer? layer) ? writer.Entry(layer) : writer.notes!.Operations[name].DeepClone())]);
        config.Json["input_layers"] = writer.notes?.InputLayers.DeepClone() ?? writer.Ends(model.Inputs);
        config.Json["output_layers"] = writer.notes?.OutputLayers.DeepClone() ?? writer.Ends(model.Outputs);
    }

    private JsonObject Entry(Layer layer)
    {
        JsonObject entry = LayerEntry.Write(layer);
        entry["name"] = layer.Name;
        entry["inbound_nodes"] = new JsonArray([.. model.Uses.Where(use => use.Layer == layer && use.Inputs.Count > 0).OrderBy(use => use.Number).Select(Call)]);
        return entry;
    }

    private JsonObject Call(LayerUse use)
    {
        if (notes?.Arguments.GetValueOrDefault((use.Layer.Name, numbers[use])) is { } read) { return (JsonObject)read.DeepClone(); }
        JsonNode[] tensors = [.. use.Inputs.Select(Tensor)];
        var arguments = new Configuration();
        use.Layer.WriteCallArguments(arguments);
        JsonObject named = arguments.Json;
        bool pairs = named.Remove("attention_mask");
        if (pairs)
        {
            named["attention_mask"] = tensors[^1];
            tensors = tensors[..^1];
        }

        bool sequence = use.Layer is SequenceLayer;
        if ((sequence || use.Layer is Bidirectional) && tensors.Length > 1)
        {
            named["initial_state"] = new JsonArray(tensors[1..]);
            tensors = tensors[..1];
        }
        else
        {
            if (sequence) { named["training"] = false; }
            if (sequence || use.Layer is Bidirectional or TimeDistributed or Network or BatchNormalization or GlobalAveragePooling1D or Softmax) { named["mask"] = null; }
        }

        return new JsonObject { ["args"] = LayerEntry.TakesList(use.Layer) ? new JsonArray(new JsonArray(tensors)) : new JsonArray(tensors), ["kwargs"] = named };
    }

    private JsonNode Tensor(SymbolicTensor tensor) =>
        GraphArguments.Write(Reference(tensor), tensor.Shape, tensor.Layer is Input input ? input.NumberType : "float32");

    private GraphReference Reference(SymbolicTensor tensor) => new(tensor.Layer.Name, numbers[tensor.Use], tensor.Index);

    // One end by itself, several as a list.
    private JsonArray Ends(IReadOnlyList<SymbolicTensor> ends) =>
        ends.Count == 1 ? Reference(ends[0]).ToJson() : [.. ends.Select(end => Reference(end).ToJson())];
}
