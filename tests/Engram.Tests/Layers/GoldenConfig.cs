using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Tests.Layers;

/// <summary>Configurations against those that Keras writes.</summary>
internal static class GoldenConfig
{
    // How an inner layer was built and the ids of shared objects belong to the file, not to the layer.
    private static readonly string[] OfTheFile = ["build_config", "shared_object_id"];

    // What the index leaves out of the configurations of a kind, though Keras writes it.
    private static readonly string[] LeftOut = ["attention_axes", "bias_initializer", "dtype", "kernel_initializer", "output_shape"];

    /// <summary>Asserts that a layer read from a configuration writes the same, value by value.</summary>
    public static void CheckRoundTrip(Layer layer, JsonElement config)
    {
        JsonNode expected = JsonNode.Parse(config.GetRawText())!;
        JsonObject written = layer.GetConfig();
        Strip(expected);
        Strip(written);
        if (layer is MultiHeadAttention)
        {
            foreach (string name in LeftOut.Where(name => !config.TryGetProperty(name, out _))) { written.Remove(name); }
        }

        Assert.True(JsonNode.DeepEquals(expected, written), $"expected {expected.ToJsonString()}\n got {written.ToJsonString()}");
    }

    private static void Strip(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject values:
                foreach (string name in OfTheFile) { values.Remove(name); }
                foreach ((string name, JsonNode? value) in values.ToArray())
                {
                    if (value is JsonValue number && number.GetValueKind() == JsonValueKind.Number) { values[name] = AsDouble(number); }
                    else { Strip(value); }
                }

                break;
            case JsonArray list:
                for (int i = 0; i < list.Count; i++)
                {
                    if (list[i] is JsonValue number && number.GetValueKind() == JsonValueKind.Number) { list[i] = AsDouble(number); }
                    else { Strip(list[i]); }
                }

                break;
            default:
                break;
        }
    }

    // 1 and 1.0 are the same number.
    private static JsonValue AsDouble(JsonValue number) =>
        JsonValue.Create(double.Parse(number.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture));
}
