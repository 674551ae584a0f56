using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Tests;

/// <summary>Layers from the configurations that Keras writes, for the golden files.</summary>
internal static class LayerFactory
{
    /// <summary>The layer of a golden case.</summary>
    public static Layer Create(string kind, GoldenCase golden)
    {
        JsonObject config = JsonNode.Parse(golden.Entry.GetProperty("config").GetRawText())!.AsObject();
        if (kind == "MultiHeadAttention")
        {
            // The index leaves out lengths of outputs; the weights have them. A mask of pairs is an input that the layer announces.
            int[] kernel = golden.Axes("weight.attention_output/kernel");
            if (!config.ContainsKey("output_shape")) { config["output_shape"] = new JsonArray(kernel[^1]); }
            if (golden.Arrays.Find("attention_mask") is not null) { config["attention_mask"] = true; }
        }

        return Create(kind, config, golden.Entry.GetProperty("call"));
    }

    /// <summary>The layer that a configuration describes.</summary>
    public static Layer Create(string kind, JsonElement config, JsonElement arguments) =>
        Create(kind, JsonNode.Parse(config.GetRawText())!.AsObject(), arguments);

    private static Layer Create(string kind, JsonObject config, JsonElement arguments)
    {
        if (kind == "Activation" && arguments.TryGetProperty("threshold", out JsonElement threshold))
        {
            // Keras' threshold has no default parameters, so the golden file passes them in the call.
            return new Activation(Activations.Threshold(threshold.GetSingle(), arguments.GetProperty("default_value").GetSingle()));
        }

        foreach (JsonProperty argument in arguments.EnumerateObject()) { config[argument.Name] = JsonNode.Parse(argument.Value.GetRawText()); }
        return LayerTypes.BuiltIn.Create(kind, config);
    }
}
