using System.Text.Json.Nodes;
using Engram.Models;

namespace Engram.Formats.Keras;

/// <summary>The texts of an <c>.h5</c> file, which have less than those of a <c>.keras</c> file: class and options alone.</summary>
internal static class LegacyConfiguration
{
    private static readonly string[] Dropped = ["module", "registered_name", "build_config", "compile_config"];

    /// <summary>The model's <c>model_config</c> and, where it is compiled, <c>training_config</c>.</summary>
    public static (string Architecture, string? Training) Write(Network model)
    {
        JsonObject whole = ModelConfiguration.Write(model);
        var training = (JsonObject)whole["compile_config"]!;
        whole.Remove("compile_config");
        string architecture = Entry(whole).ToJsonString();
        if (training.Count == 0) { return (architecture, null); }
        JsonNode? optimizer = Bare(training["optimizer"]);
        training.Remove("optimizer");
        var old = (JsonObject)Bare(training)!;
        old["optimizer_config"] = optimizer is JsonValue name ? new JsonObject { ["class_name"] = name.GetValue<string>(), ["config"] = new JsonObject() } : optimizer;
        return (architecture, old.ToJsonString());
    }

    // Of layers Keras drops where their class is and how they were built; what stands in their options keeps its module.
    private static JsonObject Entry(JsonObject entry)
    {
        var bare = new JsonObject { ["class_name"] = entry["class_name"]?.DeepClone() };
        foreach ((string name, JsonNode? value) in entry)
        {
            if (name == "class_name" || Dropped.Contains(name)) { continue; }
            bare[name] = name == "config" && value is JsonObject { } config && config["layers"] is JsonArray ? WithLayers(config) : value?.DeepClone();
        }

        return bare;
    }

    private static JsonObject WithLayers(JsonObject config)
    {
        var copy = (JsonObject)config.DeepClone();
        copy["layers"] = new JsonArray([.. ((JsonArray)config["layers"]!).Select(layer => layer is JsonObject entry ? Entry(entry) : layer?.DeepClone())]);
        return copy;
    }

    // Of optimizers, losses and metrics too, but not of what stands in their options.
    private static JsonNode? Bare(JsonNode? node) => node switch
    {
        JsonObject found when found.ContainsKey("class_name") => new JsonObject { ["class_name"] = found["class_name"]?.DeepClone(), ["config"] = found["config"]?.DeepClone() },
        JsonObject named => new JsonObject(named.Select(pair => KeyValuePair.Create(pair.Key, Bare(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Bare)]),
        _ => node?.DeepClone(),
    };
}
