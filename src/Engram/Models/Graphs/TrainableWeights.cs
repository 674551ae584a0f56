using Engram.Layers;

namespace Engram.Models;

/// <summary>Which weights training changes: those whose layer, and every layer and model around it, is trainable.</summary>
internal static class TrainableWeights
{
    /// <summary>Whether a layer has any.</summary>
    public static bool Any(Layer layer)
    {
        var found = new HashSet<Weight>();
        Collect(layer, found);
        return found.Count > 0;
    }

    /// <summary>Those of several layers, in the order of <paramref name="weights"/>.</summary>
    public static Weight[] Of(IEnumerable<Layer> layers, IReadOnlyList<Weight> weights)
    {
        var found = new HashSet<Weight>();
        foreach (Layer layer in layers) { Collect(layer, found); }
        return [.. weights.Where(found.Contains)];
    }

    private static void Collect(Layer layer, HashSet<Weight> found)
    {
        if (!layer.Trainable) { return; }
        var inner = new HashSet<Weight>();
        foreach (Layer part in layer.InnerLayers)
        {
            inner.UnionWith(part.Weights);
            Collect(part, found);
        }

        foreach (Weight weight in layer.Weights)
        {
            if (weight.IsTrainable && !inner.Contains(weight)) { found.Add(weight); }
        }
    }
}
