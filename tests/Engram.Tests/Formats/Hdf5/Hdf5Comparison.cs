using System.Text.Json;
using Engram.Formats.Hdf5;

namespace Engram.Tests.Formats.Hdf5;

/// <summary>Compares what is read here with what h5py read (tests/fixtures/hdf5/describe.py).</summary>
internal static class Hdf5Comparison
{
    /// <summary>Compares every object, attribute and element, and returns how many objects there were.</summary>
    public static int Same(Hdf5Group root, JsonElement described)
    {
        int objects = 0;
        foreach (JsonProperty expected in described.EnumerateObject())
        {
            objects++;
            Hdf5Object item = expected.Value.TryGetProperty("children", out JsonElement children) ? root.Group(expected.Name) : root.Dataset(expected.Name);
            if (item is Hdf5Group group) { Assert.Equal(children.EnumerateArray().Select(child => child.GetString()).Order(StringComparer.Ordinal), group.Children.Keys.Order(StringComparer.Ordinal)); }
            else { Same((Hdf5Dataset)item, expected.Value); }
            JsonElement attributes = expected.Value.GetProperty("attributes");
            Assert.Equal(attributes.EnumerateObject().Select(attribute => attribute.Name).Order(StringComparer.Ordinal), item.Attributes.Keys.Order(StringComparer.Ordinal));
            foreach (JsonProperty attribute in attributes.EnumerateObject()) { Same(item.Attributes[attribute.Name], attribute.Value); }
        }

        return objects;
    }

    private static void Same(Hdf5Dataset actual, JsonElement expected)
    {
        Same(actual.Type, actual.Shape, actual.ReadStrings, actual.ReadIntegers, actual.ReadDoubles, expected);
        if (actual.Type.Class is not (Hdf5Class.Integer or Hdf5Class.Float)) { return; }
        var floats = new float[actual.Count];
        Array.Fill(floats, float.NaN);
        actual.ReadFloats(floats);
        Assert.Equal(expected.GetProperty("values").EnumerateArray().Select(value => (float)value.GetDouble()), floats);
    }

    private static void Same(Hdf5Attribute actual, JsonElement expected)
    {
        Same(actual.Type, actual.Shape, actual.ReadStrings, actual.ReadIntegers, actual.ReadDoubles, expected);
        if (actual.Type.Class == Hdf5Class.VariableString && actual.Count == 1) { Assert.Equal(expected.GetProperty("values")[0].GetString(), actual.Text); }
    }

    private static void Same(
        Hdf5Type type, IReadOnlyList<long> shape, Func<string[]> strings, Func<long[]> integers, Func<double[]> doubles, JsonElement expected)
    {
        Assert.Equal(expected.GetProperty("shape").EnumerateArray().Select(axis => axis.GetInt64()), shape);
        if (expected.GetProperty("type").GetString() is not { } name)
        {
            Assert.Equal(Hdf5Class.Other, type.Class);
            return;
        }

        Assert.Equal(name, type.ToString());
        JsonElement[] values = [.. expected.GetProperty("values").EnumerateArray()];
        switch (type.Class)
        {
            case Hdf5Class.FixedString or Hdf5Class.VariableString:
                Assert.Equal(values.Select(value => value.GetString()), strings());
                break;
            case Hdf5Class.Integer:
                Assert.Equal(values.Select(value => value.GetInt64()), integers());
                Assert.Equal(values.Select(value => value.GetDouble()), doubles());
                break;
            default:
                Assert.Equal(values.Select(value => value.GetDouble()), doubles());
                break;
        }
    }
}
