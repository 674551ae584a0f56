namespace Engram.Layers;

/// <summary>A layer that carries states from batch to batch.</summary>
internal interface IStateCarrier
{
    /// <summary>The states, or null while there are none; setting null forgets them.</summary>
    TensorBuffer[]? CarriedStates { get; set; }

    /// <summary>What states must be like, in words.</summary>
    string ExpectedStates { get; }

    /// <summary>Whether states are such as the layer carries.</summary>
    bool Accepts(TensorBuffer[] states);
}

/// <summary>Finds the layers that carry states, also within others.</summary>
internal static class StateCarriers
{
    /// <summary>Each once, with its path.</summary>
    public static List<(string Path, IStateCarrier Carrier)> Of(IReadOnlyList<Layer> layers)
    {
        var found = new List<(string, IStateCarrier)>();
        Collect(layers, "", found, []);
        return found;
    }

    /// <summary>Whether states are those of rows of the given widths: (rows, width) each.</summary>
    public static bool AreRows(TensorBuffer[] states, IReadOnlyList<int> widths)
    {
        if (states.Length != widths.Count) { return false; }
        for (int i = 0; i < states.Length; i++)
        {
            if (states[i].Rank != 2 || states[i][0] < 1 || states[i][0] != states[0][0] || states[i][1] != widths[i]) { return false; }
        }

        return true;
    }

    // A cell over a sequence is run by layers of its own, which are not among those that the user sees.
    private static void Collect(IReadOnlyList<Layer> layers, string prefix, List<(string, IStateCarrier)> found, HashSet<Layer> seen)
    {
        foreach (Layer layer in layers)
        {
            if (!seen.Add(layer)) { continue; }
            string path = prefix + layer.Name;
            if (layer is IStateCarrier carrier) { found.Add((path, carrier)); }
            Collect(layer is Rnn rnn ? rnn.Layers : layer.InnerLayers, $"{path}/", found, seen);
        }
    }
}
