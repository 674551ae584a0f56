using Engram.Formats.Safetensors;

namespace Engram.Formats.Hdf5;

/// <summary>The arrays of numbers in a file, by their paths.</summary>
internal static class Hdf5Arrays
{
    /// <summary>Reads them all.</summary>
    public static IReadOnlyList<SafetensorsArray> Read(string path, ReadLimits limits)
    {
        using FileBytes bytes = FileBytes.Open(path);
        return Read(bytes, limits);
    }

    /// <summary>Reads them all.</summary>
    public static IReadOnlyList<SafetensorsArray> Read(FileBytes bytes, ReadLimits limits)
    {
        var arrays = new List<SafetensorsArray>();
        Collect(Hdf5File.Read(bytes, limits), bytes.Name, arrays);
        return arrays;
    }

    private static void Collect(Hdf5Group group, string file, List<SafetensorsArray> arrays)
    {
        foreach (Hdf5Object child in group.Children.Values)
        {
            if (child is Hdf5Group inner) { Collect(inner, file, arrays); }
            else if (child is Hdf5Dataset { Type.Class: Hdf5Class.Integer or Hdf5Class.Float } dataset) { arrays.Add(Array(dataset, file)); }
        }
    }

    // Floats of up to 32 bits as such, wider ones as 64 bits, whole numbers as 64 bits.
    private static SafetensorsArray Array(Hdf5Dataset dataset, string file)
    {
        string name = dataset.Path.TrimStart('/');
        if (dataset.Count > System.Array.MaxLength / 8 || dataset.Shape.Any(axis => axis > int.MaxValue)) { throw new EngramException($"{file}: '{dataset.Path}' has {dataset.Count} elements, more than an array can have."); }
        int[] shape = [.. dataset.Shape.Select(axis => (int)axis)];
        if (dataset.Type.Class == Hdf5Class.Integer) { return new SafetensorsArray(name, shape, dataset.ReadIntegers()); }
        if (dataset.Type.Size > 4) { return new SafetensorsArray(name, shape, dataset.ReadDoubles()); }
        var values = new float[dataset.Count];
        dataset.ReadFloats(values);
        return new SafetensorsArray(name, shape, values);
    }
}
