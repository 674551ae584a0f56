using System.Numerics;
using System.Runtime.InteropServices;

namespace Engram.Formats.Hdf5;

/// <summary>The arrays of numbers in a file, by their paths.</summary>
internal static class Hdf5Arrays
{
    /// <summary>Reads them all.</summary>
    public static IReadOnlyList<NamedArray> Read(string path, ReadLimits limits)
    {
        using FileBytes bytes = FileBytes.Open(path);
        return Read(bytes, limits);
    }

    /// <summary>Reads them all.</summary>
    public static IReadOnlyList<NamedArray> Read(FileBytes bytes, ReadLimits limits)
    {
        var arrays = new List<NamedArray>();
        Collect(Hdf5File.Read(bytes, limits), bytes.Name, arrays);
        return arrays;
    }

    /// <summary>Writes arrays, each to the path that is its name.</summary>
    public static void Write(string path, IReadOnlyList<NamedArray> arrays)
    {
        var root = new Hdf5Group();
        foreach (NamedArray array in arrays)
        {
            string[] parts = array.Name.Split('/');
            if (parts.Any(part => part is "" or "." || part.Contains('\0', StringComparison.Ordinal))) { throw new EngramException($"{path}: '{array.Name}' cannot be written: in HDF5 names are paths, and no part of one may be empty, '.' or have a zero character."); }
            Hdf5Group group = root;
            foreach (string part in parts[..^1])
            {
                group = group.TryGetGroup(part, out Hdf5Group? inner) ? inner
                    : group.Children.ContainsKey(part) ? throw new EngramException($"{path}: '{array.Name}' cannot be written: '{part}' is an array, and in HDF5 no group can have its name.")
                    : group.AddGroup(part);
            }

            if (group.Children.ContainsKey(parts[^1])) { throw new EngramException($"{path}: the name '{array.Name}' is taken; in HDF5 names are paths."); }
            Add(group, parts[^1], array, path);
        }

        AtomicFile.Write(path, stream => Hdf5File.Write(root, stream));
    }

    private static void Add(Hdf5Group group, string name, NamedArray array, string path)
    {
        switch (array.Type)
        {
            case ElementType.F32 when BitConverter.IsLittleEndian:
                group.AddDataset(name, array.Shape.Axes, () => MemoryMarshal.Cast<byte, float>(array.Bytes));
                break;
            case ElementType.F32: Add<float>(group, name, array); break;
            case ElementType.F64: Add<double>(group, name, array); break;
            case ElementType.F16: Add<Half>(group, name, array); break;
            case ElementType.I64: Add<long>(group, name, array); break;
            case ElementType.I32: Add<int>(group, name, array); break;
            case ElementType.I16: Add<short>(group, name, array); break;
            case ElementType.I8: Add<sbyte>(group, name, array); break;
            case ElementType.U64: Add<ulong>(group, name, array); break;
            case ElementType.U32: Add<uint>(group, name, array); break;
            case ElementType.U16: Add<ushort>(group, name, array); break;
            case ElementType.U8 or ElementType.Bool: Add<byte>(group, name, array); break;
            default: throw new EngramException($"{path}: the array '{array.Name}' is {ElementTypes.Name(array.Type)}, which HDF5 does not have; write .safetensors.");
        }
    }

    private static void Add<T>(Hdf5Group group, string name, NamedArray array) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<byte> bytes = BitConverter.IsLittleEndian ? array.Bytes : StridedCopy.Reversed(array.Bytes, ElementTypes.Size(array.Type));
        group.AddDataset<T>(name, array.Shape.Axes, MemoryMarshal.Cast<byte, T>(bytes).ToArray());
    }

    private static void Collect(Hdf5Group group, string file, List<NamedArray> arrays)
    {
        foreach (Hdf5Object child in group.Children.Values)
        {
            if (child is Hdf5Group inner) { Collect(inner, file, arrays); }
            else if (child is Hdf5Dataset { Type.Class: Hdf5Class.Integer or Hdf5Class.Float } dataset) { arrays.Add(Array(dataset, file)); }
        }
    }

    // Floats of up to 32 bits as such, wider ones as 64 bits, whole numbers as 64 bits.
    private static NamedArray Array(Hdf5Dataset dataset, string file)
    {
        string name = dataset.Path.TrimStart('/');
        if (dataset.Count > System.Array.MaxLength / 8 || dataset.Shape.Any(axis => axis > int.MaxValue)) { throw new EngramException($"{file}: '{dataset.Path}' has {dataset.Count} elements, more than an array can have."); }
        int[] shape = [.. dataset.Shape.Select(axis => (int)axis)];
        if (dataset.Type.Class == Hdf5Class.Integer) { return new NamedArray(name, shape, dataset.ReadIntegers()); }
        if (dataset.Type.Size > 4) { return new NamedArray(name, shape, dataset.ReadDoubles()); }
        var values = new float[dataset.Count];
        dataset.ReadFloats(values);
        return new NamedArray(name, shape, values);
    }
}
