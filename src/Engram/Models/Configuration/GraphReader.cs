using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Models;

/// <summary>
/// Makes a <see cref="Model"/> from its configuration: the layers, then their uses, each as soon as there is what it reads. Operations are read
/// where they compute masks, which must be those that go with the data here by themselves; all others are refused.
/// </summary>
internal sealed class GraphReader
{
    // Far more than models have; a chain of layers is walked from end to end by recursion.
    private const int MostLayers = 4096;

    private readonly string owner;
    private readonly Dictionary<string, GraphEntry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<GraphReference, SymbolicTensor> tensors = [];
    private readonly MaskFormulas masks;

    private GraphReader(Configuration config)
    {
        owner = config.Owner;
        masks = new MaskFormulas(owner);
        if (config.Json["layers"] is not JsonArray list) { throw new EngramException($"{owner}: layers is {Short(config.Json["layers"])}; expected a list of layers."); }
        config.Ignore("layers");
        if (list.Count > MostLayers) { throw new EngramException($"{owner}: has {list.Count} layers; at most {MostLayers} are read."); }
        for (int i = 0; i < list.Count; i++) { Add(list[i], $"layers[{i}]", config); }
    }

    /// <summary>Reads the configuration of a functional model.</summary>
    public static Model Read(Configuration config)
    {
        var reader = new GraphReader(config);
        reader.Apply();
        JsonNode inputLayers = Required(config, "input_layers"), outputLayers = Required(config, "output_layers");
        SymbolicTensor[] inputs = [.. reader.Ends(inputLayers, "input_layers")], outputs = [.. reader.Ends(outputLayers, "output_layers")];
        var notes = new GraphNotes(
            [.. reader.entries.Keys],
            reader.entries.Values.Where(entry => entry.Layer is null).ToDictionary(entry => entry.Name, entry => (JsonObject)entry.Json.DeepClone(), StringComparer.Ordinal),
            reader.entries.Values.Where(entry => entry.Layer is not null).SelectMany(entry => entry.Calls).Where(call => call.Arguments is not null && call.Masks.Any(mask => mask is not null))
                .ToDictionary(call => (call.Entry.Name, call.Number), call => (JsonObject)call.Arguments!.DeepClone()),
            inputLayers.DeepClone(), outputLayers.DeepClone());
        var model = new Model(inputs, outputs, notes);
        HashSet<Layer> used = [.. model.Layers];
        foreach (GraphEntry entry in reader.entries.Values)
        {
            if (entry.Layer is { } layer && !used.Contains(layer)) { throw new EngramException($"{config.Owner}: the layer {entry.Name} leads to no output."); }
        }

        return model;
    }

    private static JsonNode Required(Configuration config, string name)
    {
        config.Ignore(name);
        return config.Json[name] ?? throw new EngramException($"{config.Owner}: {name} is missing; expected [layer, use, output], or several of them.");
    }

    private void Add(JsonNode? node, string place, Configuration config)
    {
        if (node is not JsonObject json) { throw new EngramException($"{owner}: {place} is no object with class_name and config."); }
        string name = Text(json["name"]) ?? Text((json["config"] as JsonObject)?["name"]) ?? throw new EngramException($"{owner}: {place} has no name.");
        var entry = new GraphEntry(name, json);
        if (!entries.TryAdd(name, entry)) { throw new EngramException($"{owner}: there are two layers named {name}; expected a name of its own for each."); }
        bool operation = GraphArguments.IsOperation(json);
        if (Text(json["class_name"]) != "InputLayer") { GraphArguments.ReadCalls(entry, owner); }
        if (operation)
        {
            if (!MaskFormulas.Knows(Text(json["class_name"]) ?? ""))
            {
                throw new EngramException($"{owner}: {name}: the operation {Text(json["class_name"])} ({Text(json["module"])}) is not supported; expected layers.");
            }

            return;
        }

        // What the call says as options stands in the configuration now.
        entry.Layer = config.Types.Create(SerializedObject.Read(json, place, config));
        if (!entry.Layer.HasName) { entry.Layer.Name = name; }
        if (entry.Layer.Name != name) { throw new EngramException($"{owner}: {place} is named {name} and {entry.Layer.Name}; expected one name."); }
        if (entry.Layer is Input input)
        {
            var reference = new GraphReference(name, 0, 0);
            tensors[reference] = input;
            masks.Add(reference, null);
        }
    }

    // Every call whose inputs are there is made, which may be what others wait for.
    private void Apply()
    {
        var waiting = new Dictionary<(string, int), List<GraphCall>>();
        var missing = new Dictionary<GraphCall, int>();
        var ready = new Queue<GraphCall>();
        foreach (GraphCall call in entries.Values.SelectMany(entry => entry.Calls))
        {
            HashSet<(string, int)> needed = [.. call.Inputs.Concat(call.Masks.OfType<GraphReference>()).Select(input => Needed(call, input)).Where(key => entries[key.Item1].Layer is not Input)];
            missing[call] = needed.Count;
            if (needed.Count == 0) { ready.Enqueue(call); }
            foreach ((string, int) key in needed)
            {
                if (!waiting.TryGetValue(key, out List<GraphCall>? list)) { waiting[key] = list = []; }
                list.Add(call);
            }
        }

        while (ready.TryDequeue(out GraphCall? call))
        {
            Apply(call);
            missing.Remove(call);
            foreach (GraphCall next in waiting.GetValueOrDefault((call.Entry.Name, call.Number)) ?? [])
            {
                if (--missing[next] == 0) { ready.Enqueue(next); }
            }
        }

        if (missing.Count > 0)
        {
            throw new EngramException($"{owner}: the layers {string.Join(", ", missing.Keys.Take(5).Select(call => call.Entry.Name))} read from each other in a circle.");
        }
    }

    private (string, int) Needed(GraphCall call, GraphReference input)
    {
        if (!entries.TryGetValue(input.Layer, out GraphEntry? source))
        {
            throw new EngramException($"{owner}: {call.Entry.Name} reads from the layer {input.Layer}, which does not exist.");
        }

        return input.Node < (source.Layer is Input ? 1 : source.Calls.Count)
            ? (input.Layer, input.Node)
            : throw new EngramException($"{owner}: {call.Entry.Name} reads {input}, which is used {source.Calls.Count} times.");
    }

    private void Apply(GraphCall call)
    {
        if (call.Entry.Layer is not { } layer)
        {
            masks.Apply(call);
            return;
        }

        IReadOnlyList<SymbolicTensor> outputs = layer.ApplyAll([.. call.Inputs.Select(Find)]);
        for (int i = 0; i < outputs.Count; i++) { tensors[new GraphReference(call.Entry.Name, call.Number, i)] = outputs[i]; }
        masks.Check(call);
        masks.Pass(call, outputs);
    }

    private IEnumerable<SymbolicTensor> Ends(JsonNode ends, string place) => ends switch
    {
        JsonArray one when GraphReference.TryRead(one) is { } reference => [Find(reference)],
        JsonArray list => list.Select((item, i) => Find(GraphReference.TryRead(item) ?? throw WrongEnd($"{place}[{i}]", item))),
        JsonObject named => named.Select(pair => Find(GraphReference.TryRead(pair.Value) ?? throw WrongEnd($"{place}.{pair.Key}", pair.Value))),
        _ => throw WrongEnd(place, ends),
    };

    private EngramException WrongEnd(string place, JsonNode? node) => new($"{owner}: {place} is {Short(node)}; expected [layer, use, output].");

    private SymbolicTensor Find(GraphReference reference) => tensors.TryGetValue(reference, out SymbolicTensor? tensor)
        ? tensor
        : throw new EngramException($"{owner}: there is no {reference}.");

    private static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static string Short(JsonNode? node)
    {
        string text = node?.ToJsonString() ?? "null";
        return text.Length <= 80 ? text : text[..80] + "...";
    }
}
