using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Layers;

/// <summary>An object within a configuration as Keras writes it: its class and its own configuration.</summary>
/// <param name="ClassName">The name of the class.</param>
/// <param name="Config">Its options.</param>
/// <param name="Package">Where somebody registered a class of their own under that name, or null for one of Keras.</param>
internal sealed record SerializedObject(string ClassName, Configuration Config, string? Package = null)
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
            return new SerializedObject(ClassOf(kind.GetValue<string>()), new Configuration($"{parent.Owner}.{name}", config, parent.Types), PackageOf(kind.GetValue<string>(), found));
        }

        throw new EngramException($"{parent.Owner}: {name} is no object with class_name and config.");
    }

    public static JsonObject Write(string? module, string className, JsonObject config, string? registeredName = null) =>
        new() { ["module"] = module, ["class_name"] = className, ["config"] = config, ["registered_name"] = registeredName };

    // "Custom>Adam", as Keras 2 names its own optimizers.
    private static string ClassOf(string name) => name[(name.LastIndexOf('>') + 1)..];

    // A layer called LSTM that somebody registered as their own is not Keras' LSTM.
    private static string? PackageOf(string className, JsonObject found)
    {
        foreach (string registered in (string[])[className, Text(found["registered_name"]) ?? ""])
        {
            int end = registered.LastIndexOf('>');
            if (end >= 0) { return registered[..end]; }
        }

        return Text(found["module"]) is { } module && module is not ("engram" or "builtins" or "keras" or "tf_keras") && !module.StartsWith("keras.", StringComparison.Ordinal) && !module.StartsWith("tf_keras.", StringComparison.Ordinal)
            ? module
            : null;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static string PascalCase(string name) =>
        string.Concat(name.Split('_').Select(word => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
}
