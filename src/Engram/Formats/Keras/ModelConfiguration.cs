using System.Text;
using System.Text.Json.Nodes;
using Engram.Layers;
using Engram.Models;

namespace Engram.Formats.Keras;

/// <summary>
/// The architecture of a model as Keras writes it: <c>config.json</c> of a <c>.keras</c> file, or the attribute <c>model_config</c> of an
/// <c>.h5</c> file; Keras 2 or 3.
/// </summary>
internal static class ModelConfiguration
{
    /// <summary>Reads a model; it has no weights yet and is not compiled.</summary>
    /// <param name="json">The text.</param>
    /// <param name="fileName">The file, for messages.</param>
    /// <param name="options">What it may name and ask for.</param>
    /// <exception cref="EngramException">The text is no JSON, or no model that can be built.</exception>
    public static Network Read(string json, string fileName, LoadOptions options) =>
        Read(JsonText.ReadObject(Encoding.UTF8.GetBytes(json), $"{fileName}: model_config", options.Limits), fileName, options);

    /// <summary>Reads a model; it has no weights yet and is not compiled.</summary>
    /// <param name="json">The object; it is changed.</param>
    /// <param name="fileName">The file, for messages.</param>
    /// <param name="options">What it may name and ask for.</param>
    /// <exception cref="EngramException">It is no model that can be built.</exception>
    public static Network Read(JsonObject json, string fileName, LoadOptions options)
    {
        try
        {
            var file = new Configuration("config", [], options.Layers);
            SerializedObject found = SerializedObject.Read(json, "model", file);
            Layer layer = options.Layers.Create(new SerializedObject(found.ClassName, new Configuration(Text(found.Config.Json["name"]) ?? found.ClassName, found.Config.Json, options.Layers), found.Package));
            return layer as Network ?? throw new EngramException($"{found.ClassName} is no model; expected Sequential or Functional.");
        }
        catch (Exception e) when (e is EngramException or ArgumentException)
        {
            throw new EngramException($"{fileName}: {e.Message}", e);
        }
    }

    /// <summary>Reads the <c>training_config</c> of an <c>.h5</c> file and compiles the model, which must have its weights.</summary>
    /// <param name="model">The model.</param>
    /// <param name="json">The text.</param>
    /// <param name="fileName">The file, for messages.</param>
    /// <param name="options">What it may name and ask for.</param>
    /// <returns>Whether there was anything to compile.</returns>
    /// <exception cref="EngramException">The text is no JSON, or names what is not known.</exception>
    public static bool Compile(Network model, string json, string fileName, LoadOptions options) => CompileConfiguration.Apply(
        model, JsonText.ReadObject(Encoding.UTF8.GetBytes(json), $"{fileName}: training_config", options.Limits), $"{fileName}: training_config", options);

    /// <summary>The model's <c>config.json</c>.</summary>
    /// <exception cref="EngramException">The model is not built, or has something that has no form in a file.</exception>
    public static JsonObject Write(Network model)
    {
        if (!model.IsBuilt) { throw new EngramException($"{model.Name} has no weights yet; build it first."); }
        JsonObject json = LayerEntry.Write(model);
        if (BatchSize(model) is { } rows) { SetBatch(json, rows); }
        json["compile_config"] = CompileConfiguration.Write(model);
        return json;
    }

    private static int? BatchSize(Network model) => model switch
    {
        Sequential { InputLayer: { } input } => input.BatchSize,
        Model graph => graph.Inputs.Select(input => ((Input)input.Layer).BatchSize).FirstOrDefault(rows => rows is not null),
        _ => null,
    };

    // Shapes do not know how many rows a batch has here; where the input says so, Keras writes it into every shape.
    private static void SetBatch(JsonNode? node, int rows)
    {
        if (node is JsonArray list)
        {
            foreach (JsonNode? item in list) { SetBatch(item, rows); }
        }
        else if (node is JsonObject values)
        {
            foreach ((string name, JsonNode? value) in values.ToArray())
            {
                if (name is "build_config" or "build_input_shape" or "shape") { SetFirst(value, rows); }
                else { SetBatch(value, rows); }
            }
        }
    }

    private static void SetFirst(JsonNode? shape, int rows)
    {
        if (shape is JsonObject named)
        {
            foreach ((_, JsonNode? value) in named) { SetFirst(value, rows); }
        }
        else if (shape is JsonArray list)
        {
            if (list.Count > 0 && list[0] is JsonArray)
            {
                foreach (JsonNode? item in list) { SetFirst(item, rows); }
            }
            else if (list.Count > 0 && list[0] is null) { list[0] = rows; }
        }
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
