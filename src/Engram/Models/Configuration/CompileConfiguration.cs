using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Formats;
using Engram.Layers;
using Engram.Training;

namespace Engram.Models;

/// <summary>How a model is trained, as Keras writes it: optimizer, losses and their weights, metrics.</summary>
internal static class CompileConfiguration
{
    // What tells Keras how to run; it has no bearing here and is written again as it was.
    private static readonly string[] Kept = ["run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss", "is_compiled", "sample_weight_mode"];

    /// <summary>Compiles a model as a file says.</summary>
    /// <param name="model">The model.</param>
    /// <param name="json">The <c>compile_config</c> of Keras 3, or the <c>training_config</c> of an older file.</param>
    /// <param name="place">The file and what is read in it, for messages.</param>
    /// <param name="options">What else the file may name.</param>
    /// <returns>Whether there was anything to compile.</returns>
    public static bool Apply(Network model, JsonObject json, string place, LoadOptions options)
    {
        if (json.Count == 0) { return false; }
        bool old = json.ContainsKey("optimizer_config");
        string optimizerName = old ? "optimizer_config" : "optimizer";
        var config = new Configuration(place, json, options.Layers);
        foreach (string name in (string[])[optimizerName, "loss", "loss_weights", "metrics", "weighted_metrics", .. Kept]) { config.Ignore(name); }
        config.Rest();
        if (json[optimizerName] is not { } optimizerJson) { throw new EngramException($"{place}: {optimizerName} is missing; expected an optimizer."); }
        Optimizer optimizer = OptimizerTypes.Create(SerializedObject.Read(optimizerJson, optimizerName, config), options.Optimizers);
        IReadOnlyList<string> names = OutputNames(model);
        if (json["loss"] is not { } lossJson) { throw new EngramException($"{place}: loss is missing; expected the name of a loss."); }
        JsonNode?[] losses = ForOutputs(lossJson, "loss", names, place, alone: lossJson is JsonObject single && single.ContainsKey("class_name"));
        JsonNode?[] weights = ForOutputs(json["loss_weights"], "loss_weights", names, place, alone: false);
        JsonNode?[] metrics = ForMetrics(json["metrics"], "metrics", names, place), weighted = ForMetrics(json["weighted_metrics"], "weighted_metrics", names, place);
        var outputs = new List<OutputLoss>();
        for (int i = 0; i < names.Count; i++)
        {
            if (losses[i] is not { } loss)
            {
                if (metrics[i] is not null || weighted[i] is not null) { throw new EngramException($"{place}: the output {names[i]} has metrics but no loss, which is not supported."); }
                continue;
            }

            outputs.Add(new OutputLoss(model.OutputNames[i], LossTypes.Create(loss, "loss", config, options.Losses))
            {
                Weight = WeightOf(weights[i], place),
                Metrics = Read(metrics[i], "metrics", config, options),
                WeightedMetrics = Read(weighted[i], "weighted_metrics", config, options),
            });
        }

        if (outputs.Count == 0) { throw new EngramException($"{place}: no output has a loss; expected one for at least one of {string.Join(", ", names)}."); }
        model.Compile(optimizer, [.. outputs]);
        if (!old) { model.CompileNotes = ((JsonObject)json.DeepClone(), WriteNew(model)); }
        return true;
    }

    /// <summary>The <c>compile_config</c> of a model; empty for one that is not compiled.</summary>
    public static JsonObject Write(Network model)
    {
        if (model.Optimizer is null) { return []; }
        JsonObject now = WriteNew(model);
        if (model.CompileNotes is not { } notes) { return now; }

        // What a file said is written again as it was where it still holds: names of losses as they were given, what only Keras knows.
        var written = (JsonObject)notes.Read.DeepClone();
        foreach ((string name, JsonNode? value) in now)
        {
            if (!Kept.Contains(name) && !JsonNode.DeepEquals(value, notes.Meant[name])) { written[name] = value?.DeepClone(); }
        }

        return written;
    }

    private static JsonObject WriteNew(Network model)
    {
        IReadOnlyList<OutputLoss?> losses = model.Losses;
        IReadOnlyList<string> names = OutputNames(model);
        JsonNode? Each(Func<OutputLoss, JsonNode?> write)
        {
            if (names.Count == 1) { return write(losses[0]!); }
            var byName = new JsonObject();
            for (int i = 0; i < names.Count; i++)
            {
                if (losses[i] is { } loss && write(loss) is { } value) { byName[names[i]] = value; }
            }

            return byName.Count > 0 ? byName : null;
        }

        static JsonNode? List(IReadOnlyList<Metric> metrics) => metrics.Count == 0 ? null : new JsonArray([.. metrics.Select(MetricTypes.Write)]);
        bool weights = losses.Any(loss => loss is { Weight: not 1 });
        return new JsonObject
        {
            ["optimizer"] = OptimizerTypes.Write(model.Optimizer!),
            ["loss"] = Each(loss => LossTypes.Write(loss.Loss)),
            ["loss_weights"] = !weights ? null : names.Count == 1 ? new JsonArray(losses[0]!.Weight) : Each(loss => loss.Weight),
            ["metrics"] = Each(loss => List(loss.Metrics)),
            ["weighted_metrics"] = Each(loss => List(loss.WeightedMetrics)),
            ["run_eagerly"] = false,
            ["steps_per_execution"] = 1,
            ["jit_compile"] = false,
        };
    }

    // The names by which Keras knows the outputs: keys of a dictionary where the graph has one.
    private static IReadOnlyList<string> OutputNames(Network model) =>
        model is Model { Notes.OutputLayers: JsonObject named } ? [.. named.Select(pair => pair.Key)] : model.OutputNames;

    // One for all, a list in the order of the outputs, or a dictionary.
    private static JsonNode?[] ForOutputs(JsonNode? node, string name, IReadOnlyList<string> names, string place, bool alone)
    {
        switch (node)
        {
            case null:
                return new JsonNode?[names.Count];
            case JsonArray list:
                return list.Count == names.Count ? [.. list] : throw new EngramException($"{place}: {name} has {list.Count} entries for {names.Count} outputs ({string.Join(", ", names)}).");
            case JsonObject byName when !alone:
                var found = new JsonNode?[names.Count];
                foreach ((string key, JsonNode? value) in byName)
                {
                    int output = names.ToList().IndexOf(key);
                    if (output < 0) { throw new EngramException($"{place}: {name} names the output {key}; there are {string.Join(", ", names)}."); }
                    found[output] = value;
                }

                return found;
            default:
                return [.. names.Select(_ => node)];
        }
    }

    private static JsonNode?[] ForMetrics(JsonNode? node, string name, IReadOnlyList<string> names, string place)
    {
        // A list within the list for each output, or one list for the only output.
        bool nested = node is JsonArray list && list.Any(item => item is JsonArray);
        return names.Count == 1 && node is JsonArray && !nested ? [node] : ForOutputs(node, name, names, place, alone: node is JsonObject single && single.ContainsKey("class_name"));
    }

    private static IReadOnlyList<Metric> Read(JsonNode? node, string name, Configuration config, LoadOptions options) => node switch
    {
        null => [],
        JsonArray list => [.. list.Select((item, i) => MetricTypes.Create(item, $"{name}[{i}]", config, options.Metrics))],
        _ => [MetricTypes.Create(node, name, config, options.Metrics)],
    };

    private static double WeightOf(JsonNode? node, string place) => node switch
    {
        null => 1,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double weight) && weight >= 0 && double.IsFinite(weight) => weight,
        _ => throw new EngramException($"{place}: a loss weight is {node.ToJsonString()}; expected a number of at least 0."),
    };
}
