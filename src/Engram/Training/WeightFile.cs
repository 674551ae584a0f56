using Engram.Formats;
using Engram.Formats.Safetensors;
using Engram.Layers;

namespace Engram.Training;

/// <summary>The weights of layers in a safetensors file, under the names of the layers, those around them and their own.</summary>
internal static class WeightFile
{
    /// <summary>Every weight once, with its path: <c>encoder/lstm/lstm_cell/kernel</c>.</summary>
    public static List<(string Path, Weight Weight)> Paths(IReadOnlyList<Layer> layers)
    {
        var paths = new List<(string, Weight)>();
        Collect(layers, "", paths, []);
        return paths;
    }

    public static void Write(string path, IReadOnlyList<Layer> layers) => SafetensorsFile.Write(path, Arrays(layers));

    /// <summary>The weights as they are, under their paths: views, not copies.</summary>
    public static IEnumerable<NamedArray> Arrays(IReadOnlyList<Layer> layers) =>
        Paths(layers).Select(entry => new NamedArray(entry.Path, entry.Weight.Value));

    public static void Read(string path, IReadOnlyList<Layer> layers)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (CheckpointFile.IsCheckpoint(file)) { CheckpointFile.Check(path, file); }
        Read(path, file, layers);
    }

    /// <summary>Takes the weights of a file; of a checkpoint, which was compared with its digest before, the weights alone.</summary>
    public static void Read(string path, SafetensorsFile file, IReadOnlyList<Layer> layers)
    {
        bool checkpoint = CheckpointFile.IsCheckpoint(file);
        Dictionary<string, NamedArray> arrays = file.Arrays
            .Where(array => !checkpoint || !CheckpointFile.IsState(array.Name)).ToDictionary(array => array.Name, StringComparer.Ordinal);
        var found = new List<(Weight Weight, NamedArray Values)>();
        foreach ((string name, Weight weight) in Paths(layers))
        {
            if (!arrays.Remove(name, out NamedArray? array)) { throw new EngramException($"{path}: the weight '{name}' is missing."); }
            if (!array.Shape.Axes.SequenceEqual(weight.Value.Axes))
            {
                throw new EngramException($"{path}: the weight '{name}' has the shape {array.Shape}; the model's is {Shape.Format(weight.Value.Axes)}.");
            }

            found.Add((weight, array));
        }

        if (arrays.Count > 0) { throw new EngramException($"{path}: the model has no weight '{arrays.Keys.First()}'."); }
        foreach ((Weight weight, NamedArray values) in found) { values.CopyTo(weight.Value.Span); }
    }

    // Layers that are models have layers of their own; the weights of other layers are named by the layer itself.
    private static void Collect(IReadOnlyList<Layer> layers, string prefix, List<(string, Weight)> paths, HashSet<Weight> seen)
    {
        foreach (Layer layer in layers)
        {
            if (layer is INetwork network) { Collect(network.Layers, $"{prefix}{layer.Name}/", paths, seen); }
            foreach (Weight weight in layer.Weights)
            {
                if (seen.Add(weight)) { paths.Add(($"{prefix}{layer.Name}/{weight.Name}", weight)); }
            }
        }
    }
}
