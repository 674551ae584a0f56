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

    /// <summary>Gives layers without a name one of their own: their kind in snake case, with a number where it is taken.</summary>
    internal static void Complete(IReadOnlyList<Layer> layers)
    {
        var taken = layers.Select(layer => layer.Name).ToHashSet(StringComparer.Ordinal);
        foreach (Layer layer in layers)
        {
            if (layer.Name.Length > 0) { continue; }
            string kind = SnakeCase(layer.Kind);
            string name = kind;
            for (int number = 1; !taken.Add(name); number++) { name = $"{kind}_{number}"; }
            layer.Name = name;
        }
    }

    /// <summary>Puts the layer's name before those of its weights, as a layer around it shows them: <c>dense/kernel</c>.</summary>
    internal static void Prefix(Layer layer)
    {
        foreach (Weight weight in layer.Weights) { weight.Name = $"{layer.Name}/{weight.Name}"; }
    }
}
