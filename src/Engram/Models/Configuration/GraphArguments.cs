using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Models;

/// <summary>Takes the arguments of a layer's call apart: in the form of Keras 3 (<c>args</c> and <c>kwargs</c>) and in that of Keras 2.</summary>
internal static class GraphArguments
{
    private const string Tensor = "__keras_tensor__";

    // What goes in, in the order in which the layers here take it.
    private static readonly string[] Data = ["query", "value", "key", "initial_state", "attention_mask"];

    // The arguments that are options of the layer here, and what turns each off.
    private static readonly string[] OptionsOfLayers = ["use_causal_mask", "return_attention_scores"];

    /// <summary>Reads the uses of a layer.</summary>
    /// <param name="entry">The layer; its calls are added, and options that stand with a call are put into its configuration.</param>
    /// <param name="owner">The model's name, for messages.</param>
    public static void ReadCalls(GraphEntry entry, string owner)
    {
        if (entry.Json["inbound_nodes"] is not JsonArray nodes) { throw new EngramException($"{owner}: {entry.Name}: inbound_nodes is missing; expected the list of the layer's uses."); }
        foreach (JsonNode? node in nodes)
        {
            var call = new GraphCall(entry, entry.Calls.Count);
            entry.Calls.Add(call);
            string place = $"{owner}: {entry.Name}: inbound_nodes[{call.Number}]";
            switch (node)
            {
                case JsonObject { Count: > 0 } named:
                    call.Arguments = named;
                    Positional(named["args"] as JsonArray ?? throw new EngramException($"{place}: args is missing; expected a list."), call, place);
                    Named(named["kwargs"] as JsonObject ?? throw new EngramException($"{place}: kwargs is missing; expected an object."), call, place);
                    break;
                case JsonArray old:
                    Old(old, call, place);
                    break;
                default:
                    throw new EngramException($"{place}: expected the arguments of a call.");
            }

            if (call.Inputs.Count == 0) { throw new EngramException($"{place}: nothing goes in; expected at least one tensor."); }
        }
    }

    /// <summary>Whether an entry is an operation of Keras and no layer; .h5 files do not say so, but every layer has the option trainable.</summary>
    public static bool IsOperation(JsonObject entry) => entry["module"] is JsonValue module && module.TryGetValue(out string? text)
        ? text.StartsWith("keras.src.ops.", StringComparison.Ordinal)
        : entry["class_name"] is JsonValue kind && kind.TryGetValue(out string? name) && MaskFormulas.Knows(name) && entry["config"] is JsonObject config && !config.ContainsKey("trainable");

    private static void Positional(JsonArray arguments, GraphCall call, string place)
    {
        foreach (JsonNode? argument in arguments)
        {
            if (argument is JsonArray list)
            {
                foreach (JsonNode? item in list) { call.Inputs.Add(Read(item, place)); }
            }
            else if (argument is JsonObject) { call.Inputs.Add(Read(argument, place)); }
            else { call.Constant = argument ?? throw new EngramException($"{place}: an argument is null; expected a tensor."); }
        }

        if (call.Constant is not null && !IsOperation(call.Entry.Json))
        {
            throw new EngramException($"{place}: the argument {call.Constant.ToJsonString()} is no tensor.");
        }
    }

    private static void Named(JsonObject arguments, GraphCall call, string place)
    {
        foreach (string name in Data)
        {
            if (arguments[name] is not { } value) { continue; }
            foreach (JsonNode? tensor in value is JsonArray list && GraphReference.TryRead(list) is null ? (JsonNode?[])[.. list] : [value]) { call.Inputs.Add(Read(tensor, place)); }
            if (name == "attention_mask") { Option(call, name, place); }
        }

        foreach ((string name, JsonNode? value) in arguments)
        {
            if (Data.Contains(name)) { continue; }
            if (name is "mask" or "query_mask" or "value_mask" or "key_mask")
            {
                JsonNode?[] masks = value is JsonArray list && GraphReference.TryRead(list) is null ? [.. list] : [value];
                foreach (JsonNode? mask in masks) { call.Masks.Add(mask is null ? null : Read(mask, place)); }
                continue;
            }

            JsonValueKind kind = value?.GetValueKind() ?? JsonValueKind.Null;
            if (OptionsOfLayers.Contains(name) && kind == JsonValueKind.True) { Option(call, name, place); }
            else if (name != "training" && !OptionsOfLayers.Contains(name) || kind is not (JsonValueKind.False or JsonValueKind.Null))
            {
                throw new EngramException($"{place}: the argument {name} = {Short(value)} is not supported.");
            }
        }
    }

    // A call's argument that is the layer's own option here, so it must be the same at each use.
    private static void Option(GraphCall call, string name, string place)
    {
        if (call.Entry.Json["config"] is not JsonObject config) { return; }
        if (call.Number > 0 && !config.ContainsKey(name)) { throw new EngramException($"{place}: {name} differs from the layer's other uses; use a layer for each."); }
        config[name] = (JsonNode)true;
    }

    // [["lstm", 0, 0, {}], ["dense", 0, 0, {}]]
    private static void Old(JsonArray inputs, GraphCall call, string place)
    {
        JsonArray[] each = GraphReference.TryRead(inputs) is not null ? [inputs] : [.. inputs.Select(item => item as JsonArray ?? throw new EngramException($"{place}: expected [layer, use, output, arguments]."))];
        foreach (JsonArray input in each)
        {
            call.Inputs.Add(GraphReference.TryRead(input) ?? throw new EngramException($"{place}: {Short(input)} is no [layer, use, output]."));
        }

        foreach (JsonArray input in each)
        {
            if (input.Count == 4 && input[3] is JsonObject arguments) { Named(arguments, call, place); }
        }
    }

    private static GraphReference Read(JsonNode? node, string place)
    {
        GraphReference? found = node switch
        {
            JsonObject tensor when tensor["class_name"] is JsonValue kind && kind.TryGetValue(out string? name) && name == Tensor =>
                GraphReference.TryRead((tensor["config"] as JsonObject)?["keras_history"]),
            JsonArray => GraphReference.TryRead(node),
            _ => null,
        };
        return found ?? throw new EngramException($"{place}: {Short(node)} is no tensor; expected {Tensor} with the history [layer, use, output].");
    }

    private static string Short(JsonNode? node)
    {
        string text = node?.ToJsonString() ?? "null";
        return text.Length <= 80 ? text : text[..80] + "...";
    }

    /// <summary>A tensor as an argument of a call.</summary>
    public static JsonObject Write(GraphReference reference, Shape shape, string type) => new()
    {
        ["class_name"] = Tensor,
        ["config"] = new JsonObject { ["shape"] = LayerEntry.Axes(shape), ["dtype"] = type, ["keras_history"] = reference.ToJson() },
    };
}
