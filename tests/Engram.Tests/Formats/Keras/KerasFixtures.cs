using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Tests.Formats.Keras;

/// <summary>The model files that Keras made.</summary>
internal static class KerasFixtures
{
    public static string Folder { get; } = Find();

    /// <summary>All models by name, Keras 3 and Keras 2.</summary>
    public static IReadOnlyList<string> Models { get; } =
        [.. Directory.GetFiles(Folder, "*.config.json").Select(file => Path.GetFileName(file)[..^".config.json".Length]).Order(StringComparer.Ordinal)];

    /// <summary>The model files themselves: all where the originals are, else the copies.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Originals().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Originals()
    {
        string? chosen = Environment.GetEnvironmentVariable("ENGRAM_FIXTURES");
        string root = string.IsNullOrEmpty(chosen) ? Path.GetFullPath(Path.Combine(Fixtures.Repository, "..", "shared", "fixtures")) : chosen;
        IEnumerable<string> folders = ((string[])[Path.Combine(root, "keras"), Path.Combine(root, "keras2")]).Where(Directory.Exists);
        string[] files = [.. folders.SelectMany(Directory.GetFiles)];
        return (files.Length > 0 ? files : Directory.GetFiles(Folder)).Where(file => file.EndsWith(".keras", StringComparison.Ordinal)
            || (file.EndsWith(".h5", StringComparison.Ordinal) && !file.EndsWith(".weights.h5", StringComparison.Ordinal)));
    }

    private static string Find() => Path.Combine(Fixtures.Repository, "tests", "fixtures", "keras");

    public static string Config(string model) => File.ReadAllText(Path.Combine(Folder, model + ".config.json"));

    public static bool IsKeras2(string model) => !Config(model).Contains("batch_shape", StringComparison.Ordinal);

    /// <summary>Without ids of shared objects, and with numbers in one form.</summary>
    public static JsonNode? Comparable(JsonNode? node) => node switch
    {
        JsonObject values => new JsonObject(values.Where(pair => pair.Key != "shared_object_id").Select(pair => KeyValuePair.Create(pair.Key, Comparable(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Comparable)]),
        JsonValue number when number.GetValueKind() == JsonValueKind.Number => JsonValue.Create(double.Parse(number.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)),
        _ => node?.DeepClone(),
    };

    /// <summary>The first place in which two texts differ, for a message.</summary>
    public static string? Difference(JsonNode? expected, JsonNode? actual, string place = "")
    {
        switch (expected, actual)
        {
            case (JsonObject a, JsonObject b):
                foreach (string name in a.Select(pair => pair.Key).Union(b.Select(pair => pair.Key)))
                {
                    if (!a.ContainsKey(name)) { return $"{place}.{name}: written, but not by Keras"; }
                    if (!b.ContainsKey(name)) { return $"{place}.{name}: not written"; }
                    if (Difference(a[name], b[name], $"{place}.{name}") is { } difference) { return difference; }
                }

                return null;
            case (JsonArray a, JsonArray b) when a.Count == b.Count:
                return a.Zip(b).Select((pair, i) => Difference(pair.First, pair.Second, $"{place}[{i}]")).FirstOrDefault(difference => difference is not null);
            default:
                return JsonNode.DeepEquals(expected, actual) ? null : $"{place}: expected {expected?.ToJsonString() ?? "null"}, got {actual?.ToJsonString() ?? "null"}";
        }
    }
}
