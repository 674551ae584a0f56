using System.Text;

namespace Engram.Layers;

/// <summary>Names of layers and weights as Keras makes them.</summary>
internal static class LayerNames
{
    /// <summary>The name of a kind of layer in snake case: <c>SimpleRNN</c> becomes <c>simple_rnn</c>.</summary>
    internal static string SnakeCase(string kind)
    {
        // A word begins at a capital after a small letter, and at a capital before a small letter.
        var name = new StringBuilder();
        for (int i = 0; i < kind.Length; i++)
        {
            bool beginsWord = i > 0 && char.IsUpper(kind[i])
                && (char.IsLower(kind[i - 1]) || (i + 1 < kind.Length && char.IsLower(kind[i + 1])));
            if (beginsWord) { name.Append('_'); }
            name.Append(char.ToLowerInvariant(kind[i]));
        }

        return name.ToString();
    }

    /// <summary>Gives each layer without a name that of its kind, numbered from the second on.</summary>
    internal static void NameAll(IReadOnlyCollection<Layer> layers)
    {
        var taken = new HashSet<string>(layers.Where(layer => layer.HasName).Select(layer => layer.Name), StringComparer.Ordinal);
        var next = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Layer layer in layers)
        {
            if (layer.HasName) { continue; }
            string kind = SnakeCase(layer.Kind);
            string name = next.TryGetValue(kind, out int number) ? $"{kind}_{number}" : kind;
            while (!taken.Add(name)) { name = $"{kind}_{++number}"; }
            next[kind] = number + 1;
            layer.Name = name;
        }
    }

    /// <summary>Puts the layer's name before those of its weights, as a layer around it shows them: <c>dense/kernel</c>.</summary>
    internal static void Prefix(Layer layer)
    {
        foreach (Weight weight in layer.Weights) { weight.Name = $"{layer.Name}/{weight.Name}"; }
    }
}
