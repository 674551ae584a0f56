namespace Engram.Layers;

/// <summary>Finds the layers that carry states from batch to batch, also within others.</summary>
internal static class StateCarriers
{
    /// <summary>Each once, with its path.</summary>
    public static List<(string Path, SequenceLayer Carrier)> Of(IReadOnlyList<Layer> layers)
    {
        var found = new List<(string, SequenceLayer)>();
        Collect(layers, "", found, []);
        return found;
    }

    private static void Collect(IReadOnlyList<Layer> layers, string prefix, List<(string, SequenceLayer)> found, HashSet<Layer> seen)
    {
        foreach (Layer layer in layers)
        {
            if (!seen.Add(layer)) { continue; }
            string path = prefix + layer.Name;

            // A cell over a sequence is run by layers of its own, which are not among those that the user sees; they carry its states.
            if (layer is SequenceLayer carrier and not Rnn) { found.Add((path, carrier)); }
            Collect(layer is Rnn rnn ? rnn.Layers : layer.InnerLayers, $"{path}/", found, seen);
        }
    }
}
