using System.Text.Json;
using Engram.Formats;
using Engram.Formats.Hdf5;

namespace Engram.Tests.Formats.Hdf5;

/// <summary>The HDF5 files that h5py wrote (tests/fixtures/hdf5/make.py), with what they hold.</summary>
internal static class Hdf5Fixtures
{
    public static string Folder { get; } = Path.Combine(Fixtures.Repository, "tests", "fixtures", "hdf5");

    public static IReadOnlyDictionary<string, JsonElement> Index { get; } = ReadIndex();

    public static Hdf5Group Read(string name, ReadLimits? limits = null) =>
        Hdf5File.Read(FileBytes.Of(File.ReadAllBytes(Path.Combine(Folder, name)), name), limits ?? ReadLimits.Default);

    /// <summary>Reads every value of every object, to see whether it can be.</summary>
    public static void ReadAll(Hdf5Group group)
    {
        ReadAttributes(group);
        foreach (Hdf5Object child in group.Children.Values)
        {
            if (child is Hdf5Group inner) { ReadAll(inner); }
            else if (child is Hdf5Dataset dataset)
            {
                ReadAttributes(dataset);
                Numbers(dataset.Type, dataset.ReadDoubles, dataset.ReadIntegers, dataset.ReadStrings);
                if (dataset.Type.Class is Hdf5Class.Integer or Hdf5Class.Float) { dataset.ReadFloats(new float[dataset.Count]); }
            }
        }
    }

    private static void ReadAttributes(Hdf5Object item)
    {
        foreach (Hdf5Attribute attribute in item.Attributes.Values) { Numbers(attribute.Type, attribute.ReadDoubles, attribute.ReadIntegers, attribute.ReadStrings); }
    }

    private static void Numbers(Hdf5Type type, Func<double[]> doubles, Func<long[]> integers, Func<string[]> strings)
    {
        switch (type.Class)
        {
            case Hdf5Class.Integer:
                doubles();
                if (type.Signed) { integers(); }
                break;
            case Hdf5Class.Float:
                doubles();
                break;
            case Hdf5Class.FixedString or Hdf5Class.VariableString:
                strings();
                break;
            default:
                Assert.Throws<EngramException>(() => doubles());
                break;
        }
    }

    private static Dictionary<string, JsonElement> ReadIndex()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "index.json")));
        return document.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.Clone());
    }
}
