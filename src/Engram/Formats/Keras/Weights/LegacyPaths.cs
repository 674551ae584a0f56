using Engram.Layers;
using Engram.Models;
using Engram.Training;

namespace Engram.Formats.Keras.Weights;

/// <summary>The names that weights and the optimizer's arrays have in legacy files.</summary>
internal static class LegacyPaths
{
    // What Keras before 2.11 called an optimizer's arrays, which then stood array by array, not weight by weight.
    private static readonly Dictionary<string, string> OldSlots = new(StringComparer.Ordinal)
    {
        ["m"] = "momentum",
        ["momentum"] = "momentum",
        ["v"] = "velocity",
        ["rms"] = "velocity",
        ["vhat"] = "velocity_hat",
        ["mg"] = "average_gradient",
        ["accumulator"] = "accumulator",
    };

    /// <summary>
    /// The path of each weight, as Keras calls its variable: the layer and the weight, below the model where that is a chain, which builds its
    /// layers itself. A weight that was read from a legacy file keeps the path that it had there.
    /// </summary>
    public static Dictionary<Weight, string> Of(Network model)
    {
        var paths = new Dictionary<Weight, string>();
        Collect(model, paths);
        return paths;
    }

    /// <summary>The names of an optimizer's variables in the order of Keras 3; null where they do not say what they are.</summary>
    /// <param name="names">The names in the order of the file.</param>
    /// <param name="optimizer">The optimizer; built where that is needed to know the order.</param>
    /// <param name="trainable">The weights that it is built for.</param>
    public static string[]? InOrder(string[] names, Optimizer optimizer, IReadOnlyList<Weight> trainable)
    {
        string first = Last(names[0]);
        if (first == "iteration") { return names; }
        if (first is not "iter") { return null; }
        ILookup<string, string> bySlot = names.Skip(1).ToLookup(name => OldSlots.GetValueOrDefault(Last(name), ""));
        if (bySlot.Contains("")) { return null; }
        if (optimizer.BuiltWeights.Count == 0) { optimizer.Build(trainable); }
        var ordered = new List<string> { names[0] };
        foreach (OptimizerArray array in optimizer.Arrays)
        {
            if (array.Weight is not int weight || bySlot[array.Slot].ElementAtOrDefault(weight) is not { } name) { return null; }
            ordered.Add(name);
        }

        return ordered.Count == names.Length ? [.. ordered] : null;
    }

    // The last part of a name, without the number that TensorFlow 1 put behind it: lstm/kernel/m:0.
    private static string Last(string name) => name[(name.LastIndexOf('/') + 1)..].Split(':')[0];

    private static void Collect(Network network, Dictionary<Weight, string> paths)
    {
        string prefix = network is Sequential ? $"{network.Name}/" : "";
        foreach (Layer layer in network.Layers)
        {
            if (layer is Network inner) { Collect(inner, paths); }
            foreach (Weight weight in layer.Weights) { paths.TryAdd(weight, weight.KerasPath ?? $"{prefix}{layer.Name}/{weight.Name}"); }
        }
    }
}
