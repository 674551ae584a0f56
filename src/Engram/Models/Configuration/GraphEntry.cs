using System.Text.Json.Nodes;
using Engram.Layers;

namespace Engram.Models;

/// <summary>Which output of which use of a layer, as the file of a graph names it.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Node">Which of its uses within the model, from 0.</param>
/// <param name="Tensor">Which output, from 0.</param>
internal readonly record struct GraphReference(string Layer, int Node, int Tensor)
{
    /// <summary>Reads <c>["lstm", 0, 0]</c>; Keras 2 puts the arguments of the call behind.</summary>
    public static GraphReference? TryRead(JsonNode? node) => node is JsonArray { Count: 3 or 4 } list
        && list[0] is JsonValue name && name.TryGetValue(out string? layer)
        && list[1] is JsonValue use && use.TryGetValue(out int number) && number >= 0
        && list[2] is JsonValue output && output.TryGetValue(out int tensor) && tensor >= 0
            ? new GraphReference(layer, number, tensor)
            : null;

    /// <summary>The same as Keras writes it.</summary>
    public JsonArray ToJson() => [Layer, Node, Tensor];

    public override string ToString() => $"output {Tensor} of use {Node} of {Layer}";
}

/// <summary>One use of a layer, or of an operation, as a file has it.</summary>
/// <param name="Entry">The layer.</param>
/// <param name="Number">Which of its uses, from 0.</param>
internal sealed class GraphCall(GraphEntry Entry, int Number)
{
    public GraphEntry Entry { get; } = Entry;

    public int Number { get; } = Number;

    /// <summary>What goes in: the data, then the initial states.</summary>
    public List<GraphReference> Inputs { get; } = [];

    /// <summary>The masks that are named, one for each input that has one named; null where none is.</summary>
    public List<GraphReference?> Masks { get; } = [];

    /// <summary>The arguments as they stand in the file, to be written again; null for those of Keras 2.</summary>
    public JsonObject? Arguments { get; set; }

    /// <summary>Numbers among an operation's arguments, for example what <c>NotEqual</c> compares with.</summary>
    public JsonNode? Constant { get; set; }
}

/// <summary>A layer, or an operation, in the file of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Json">The entry as it stands in the file.</param>
internal sealed class GraphEntry(string Name, JsonObject Json)
{
    public string Name { get; } = Name;

    public JsonObject Json { get; } = Json;

    /// <summary>The layer, or null for an operation.</summary>
    public Layer? Layer { get; set; }

    public List<GraphCall> Calls { get; } = [];
}

/// <summary>
/// What a file of Keras says about a graph beyond the layers and what they read: how inputs and outputs are named, and the operations by which it
/// computes masks, which here go with the data by themselves. It is written again as it was.
/// </summary>
internal sealed record GraphNotes(
    IReadOnlyList<string> Order, IReadOnlyDictionary<string, JsonObject> Operations, IReadOnlyDictionary<(string Layer, int Node), JsonObject> Arguments,
    JsonNode InputLayers, JsonNode OutputLayers);
