using System.Text;
using Engram.Formats.Hdf5;

namespace Engram.Formats.Keras.Weights;

/// <summary>
/// Lists of names in attributes of legacy files. HDF5 limits the size of an attribute, so Keras cuts a long list into <c>weight_names0</c>,
/// <c>weight_names1</c>, ...
/// </summary>
internal static class NameLists
{
    // What Keras allows itself of the 64 KiB of an object header.
    private const int MostBytes = 64512;

    /// <summary>Whether a group has a list.</summary>
    public static bool Has(Hdf5Group group, string name) => group.Attributes.ContainsKey(name) || group.Attributes.ContainsKey($"{name}0");

    /// <summary>Reads a list; empty where there is none.</summary>
    public static string[] Read(Hdf5Group group, string name)
    {
        if (group.Attributes.TryGetValue(name, out Hdf5Attribute? whole)) { return whole.ReadStrings(); }
        var names = new List<string>();
        for (int part = 0; group.Attributes.TryGetValue($"{name}{part}", out Hdf5Attribute? piece); part++) { names.AddRange(piece.ReadStrings()); }
        return [.. names];
    }

    /// <summary>Writes a list as Keras does: an empty one as no numbers, a long one in parts of texts of one length.</summary>
    public static void Write(Hdf5Group group, string name, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            group.SetAttribute<double>(name, [0], ReadOnlyMemory<double>.Empty);
            return;
        }

        int width = names.Max(Encoding.UTF8.GetByteCount), parts = 1;
        while ((names.Count + parts - 1) / parts * (long)width > MostBytes && parts < names.Count) { parts++; }
        if (parts == 1)
        {
            group.SetAttribute(name, names, Hdf5Type.VariableAscii);
            return;
        }

        // As NumPy splits an array: the first parts have one more.
        for (int part = 0, first = 0; part < parts; part++)
        {
            int count = (names.Count / parts) + (part < names.Count % parts ? 1 : 0);
            string[] piece = [.. names.Skip(first).Take(count)];
            group.SetAttribute($"{name}{part}", piece, Hdf5Type.FixedAscii(width));
            first += count;
        }
    }
}
