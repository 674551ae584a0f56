using Engram.Data;
using Engram.Formats;
using Engram.Formats.Hdf5;
using Engram.Formats.Safetensors;

namespace Engram.Tests.Formats.Keras.Weights;

/// <summary>The golden files that Keras wrote, and their inputs and outputs.</summary>
internal static class KerasFiles
{
    /// <summary>The full name of a file.</summary>
    public static string Find(string name) => Path.Combine(Fixtures.Repository, "tests", "fixtures", "keras", "weights", name);

    /// <summary>The tree of an HDF5 file.</summary>
    public static Hdf5Group Open(string name) => Hdf5File.Read(FileBytes.Of(File.ReadAllBytes(Find(name)), name), ReadLimits.Default);

    /// <summary>The arrays of a safetensors file.</summary>
    public static SafetensorsFile Arrays(string name) => SafetensorsFile.Read(Find(name));

    /// <summary>The arrays that stand under a name with numbers: <c>input.0</c>, <c>input.1</c>.</summary>
    public static NumericArrays Several(SafetensorsFile file, string name)
    {
        var arrays = new List<NumericArray>();
        while (file.Find($"{name}.{arrays.Count}") is { } array) { arrays.Add(NumericArray.Create(array.ToFloats(), array.Shape.Axes)); }
        return NumericArrays.Create([.. arrays]);
    }

    /// <summary>The largest difference, relative to the largest number there should be; NaN if anything is NaN.</summary>
    public static double Difference(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = 0, difference = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            difference = Math.Max(difference, Math.Abs(actual[i] - expected[i]));
        }

        return difference / largest;
    }
}
