using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>An object within a configuration as Keras writes it: its class and its own configuration.</summary>
internal sealed record SerializedObject(string ClassName, Configuration Config)
{
    /// <summary>Reads <c>{"module", "class_name", "config", "registered_name"}</c>, or a mere name in snake case as Keras 2 wrote it.</summary>
    public static SerializedObject Read(JsonNode? node, string name, Configuration parent)
    {
        if (node is JsonValue text && text.GetValueKind() == JsonValueKind.String)
        {
            return new SerializedObject(PascalCase(text.GetValue<string>()), new Configuration($"{parent.Owner}.{name}", [], parent.Types));
        }

        if (node is JsonObject found && found["class_name"] is JsonValue kind && kind.GetValueKind() == JsonValueKind.String
            && (found["config"] ?? new JsonObject()) is JsonObject config)
        {
            return new SerializedObject(kind.GetValue<string>(), new Configuration($"{parent.Owner}.{name}", config, parent.Types));
        }

        throw new EngramException($"{parent.Owner}: {name} is no object with class_name and config.");
    }

    public static JsonObject Write(string? module, string className, JsonObject config, string? registeredName = null) =>
        new() { ["module"] = module, ["class_name"] = className, ["config"] = config, ["registered_name"] = registeredName };

    private static string PascalCase(string name) =>
        string.Concat(name.Split('_').Select(word => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}
