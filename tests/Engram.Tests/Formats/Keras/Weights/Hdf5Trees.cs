using System.Globalization;
using Engram.Formats.Hdf5;
using Engram.Formats.Keras.Weights;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>Trees of groups and arrays as text, one line for each thing in them, so that two are compared line by line.</summary>
internal static class Hdf5Trees
{
    /// <summary>Every path with its kind, every attribute with type and values, every array with type, shape and bytes.</summary>
    public static string[] Lines(Hdf5Group root)
    {
        var lines = new List<string>();
        Describe(root, lines);
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    private static void Describe(Hdf5Object item, List<string> lines)
    {
        foreach (Hdf5Attribute attribute in item.Attributes.Values)
        {
            string values = attribute.Type.Class is Hdf5Class.FixedString or Hdf5Class.VariableString
                ? string.Join("|", attribute.ReadStrings())
                : string.Join("|", attribute.ReadDoubles().Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
            lines.Add($"{item.Path} @{attribute.Name}: {attribute.Type} {(attribute.Type.Utf8 ? "utf8 " : "")}({string.Join(",", attribute.Shape)}) {values}");
        }

        if (item is Hdf5Dataset array)
        {
            string bytes = string.Join(",", array.ReadDoubles().Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
            lines.Add($"{item.Path}: {array.Type} ({string.Join(",", array.Shape)}) {bytes}");
        }
        else if (item is Hdf5Group group)
        {
            lines.Add($"{item.Path}: group");
            foreach (Hdf5Object child in group.Children.Values) { Describe(child, lines); }
        }
    }

    /// <summary>A copy in which some arrays stand elsewhere, are others or are left out.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="edit">Given the copy and an array's path without the leading slash, says whether it has dealt with it.</param>
    public static Hdf5Group Copy(Hdf5Group root, Func<Hdf5Group, string, Hdf5Dataset, bool> edit)
    {
        var copy = new Hdf5Group();
        Copy(root, copy, copy, edit);
        return copy;
    }

    /// <summary>Puts an array under a path; a part of the path may hold backslashes.</summary>
    public static void Put(Hdf5Group root, string path, Hdf5Dataset array)
    {
        string[] parts = path.Split('/');
        Hdf5Group group = parts.Length == 1 ? root : KerasWeights.Enter(root, string.Join('/', parts[..^1]));
        group.Add(parts[^1], new Hdf5Dataset($"/{path}", array.Values));
    }

    private static void Copy(Hdf5Group from, Hdf5Group to, Hdf5Group root, Func<Hdf5Group, string, Hdf5Dataset, bool> edit)
    {
        foreach (Hdf5Attribute attribute in from.Attributes.Values) { to.Set(attribute.Name, attribute.Values); }
        foreach ((string name, Hdf5Object child) in from.Children)
        {
            if (child is Hdf5Group group) { Copy(group, KerasWeights.Enter(to, name), root, edit); }
            else if (!edit(root, child.Path.TrimStart('/'), (Hdf5Dataset)child)) { to.Add(name, child); }
        }
    }
}
