using System.Text.Json.Nodes;
using Engram.Models;

namespace Engram.Layers;

/// <summary>A layer as it stands in the file of a model: its class, its options and the shapes that it was built for.</summary>
internal static class LayerEntry
{
    // What Keras builds as soon as it is created, before there is a shape.
    private static readonly HashSet<string> BuiltAtOnce = new(StringComparer.Ordinal)
    {
        "Activation", "AlphaDropout", "AveragePooling1D", "AveragePooling2D", "Dropout", "ELU", "GaussianDropout", "GaussianNoise",
        "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "InputLayer", "LeakyReLU", "Masking",
        "MaxPooling1D", "MaxPooling2D", "ReLU", "Softmax", "SpatialDropout1D", "UnitNormalization",
    };

    /// <summary>The entry under the names and in the order that Keras writes.</summary>
    public static JsonObject Write(Layer layer)
    {
        JsonObject entry = SerializedObject.Write(layer.Module, layer.Kind, layer.GetConfig(), layer.RegisteredName);
        if (BuildConfig(layer) is { } shapes) { entry["build_config"] = shapes; }
        if (layer is Network) { entry["compile_config"] = new JsonObject(); }
        return entry;
    }

    /// <summary>A shape as Keras writes it, null for an axis of any length.</summary>
    public static JsonArray Axes(Shape shape) => [.. shape.Axes.ToArray().Select(axis => axis == Shape.Unknown ? null : (JsonNode)axis)];

    private static JsonObject? BuildConfig(Layer layer)
    {
        if (layer.BuiltShapes is not { } shapes || BuiltAtOnce.Contains(layer.Kind)) { return null; }
        return layer switch
        {
            Model => new JsonObject { ["input_shape"] = null },
            MultiHeadAttention => Named(["query_shape", "value_shape", "key_shape"], shapes),
            RnnCell => new JsonObject { ["input_shape"] = Axes(shapes[0]) },
            SequenceLayer or Bidirectional when shapes.Count > 1 => new JsonObject
            {
                ["shapes_dict"] = new JsonObject { ["sequences_shape"] = Axes(shapes[0]), ["initial_state_shape"] = List(shapes.Skip(1)) },
            },
            _ => new JsonObject { ["input_shape"] = TakesList(layer) ? List(shapes) : Axes(shapes[0]) },
        };
    }

    /// <summary>Whether Keras wants the layer's inputs as one list instead of one after the other.</summary>
    public static bool TakesList(Layer layer) => layer is Merge or Concatenate or Dot or SequenceAttention || layer is Network { InputNames.Count: > 1 };

    private static JsonObject Named(ReadOnlySpan<string> names, IReadOnlyList<Shape> shapes)
    {
        var dictionary = new JsonObject();
        for (int i = 0; i < Math.Min(names.Length, shapes.Count); i++) { dictionary[names[i]] = Axes(shapes[i]); }
        return new JsonObject { ["shapes_dict"] = dictionary };
    }

    private static JsonArray List(IEnumerable<Shape> shapes) => [.. shapes.Select(Axes)];
}
