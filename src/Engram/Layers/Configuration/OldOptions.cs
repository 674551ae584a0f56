using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>
/// Options that Keras 2 wrote and Keras 3 no longer has. Those that change nothing here are dropped (how Keras computed, a length of sequences
/// that the input's shape repeats); one that would change what comes out is an error.
/// </summary>
internal static class OldOptions
{
    public static void Translate(string kind, string owner, JsonObject config)
    {
        if (config["time_major"] is JsonNode timeMajor && timeMajor.GetValueKind() != JsonValueKind.False)
        {
            throw new EngramException($"{owner}: time_major is {timeMajor.ToJsonString()}; only false is supported: the batch axis comes first.");
        }

        config.Remove("time_major");
        config.Remove("implementation");
        config.Remove("input_length");
        if (kind != "InputLayer")
        {
            config.Remove("batch_input_shape");
            if (config["dtype"] is JsonValue type && type.GetValueKind() == JsonValueKind.String && type.GetValue<string>() == "float32") { config.Remove("dtype"); }
        }

        if (kind == "BatchNormalization" && config["axis"] is JsonArray { Count: 1 } axis) { config["axis"] = axis[0]?.DeepClone(); }
    }
}
