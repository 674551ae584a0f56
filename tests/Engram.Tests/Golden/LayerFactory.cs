using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Tests;

/// <summary>Layers from the configurations that Keras writes, for the golden files.</summary>
internal static class LayerFactory
{
    /// <summary>The layer that a configuration describes, or null where its kind, or an argument of its call, is not supported yet.</summary>
    public static Layer? Create(string kind, JsonElement config, JsonElement arguments)
    {
        if (arguments.EnumerateObject().Any())
        {
            // Keras' threshold has no default parameters, so the golden file passes them in the call.
            return kind == "Activation" && arguments.TryGetProperty("threshold", out JsonElement threshold)
                ? new Activation(Activations.Threshold(threshold.GetSingle(), arguments.GetProperty("default_value").GetSingle()))
                : null;
        }

        return Create(kind, config);
    }

    private static Layer? Create(string kind, JsonElement config) => LayerTypes.BuiltIn.Kinds.Contains(kind)
            && (!config.TryGetProperty("layer", out JsonElement inner) || LayerTypes.BuiltIn.Kinds.Contains(inner.GetProperty("class_name").GetString()!))
        ? LayerTypes.BuiltIn.Create(kind, JsonNode.Parse(config.GetRawText())!.AsObject())
        : null;
}
