using System.Text.Json;
using Engram.Formats.Safetensors;

namespace Engram.Tests;

/// <summary>
/// Where the golden files are: the folder that the environment variable ENGRAM_FIXTURES names, else <c>shared/fixtures</c> beside the
/// repository, else the copies in <c>tests/fixtures</c>. Chosen for each folder of golden files by itself.
/// </summary>
public static class Fixtures
{
    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The first root that has <paramref name="folder"/>.</summary>
    /// <exception cref="DirectoryNotFoundException">No root has it: a missing golden file must never pass as an empty one.</exception>
    public static FixtureFolder Open(string folder)
    {
        string? chosen = Environment.GetEnvironmentVariable("ENGRAM_FIXTURES");
        if (string.IsNullOrEmpty(chosen)) { chosen = Path.GetFullPath(Path.Combine(Repository, "..", "shared", "fixtures")); }

        string path = Path.Combine(chosen, folder);
        if (Directory.Exists(path)) { return new FixtureFolder(folder, path, $"from {chosen}"); }

        path = Path.Combine(Repository, "tests", "fixtures", folder);
        return Directory.Exists(path)
            ? new FixtureFolder(folder, path, $"the copies in tests/fixtures, as '{chosen}' has no '{folder}'")
            : throw new DirectoryNotFoundException($"Neither '{chosen}' nor tests/fixtures has the folder '{folder}' of golden files.");
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Engram.slnx"))) { return at.FullName; }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' has Engram.slnx.");
    }
}

/// <summary>One folder of golden files.</summary>
public sealed class FixtureFolder
{
    internal FixtureFolder(string name, string path, string origin)
    {
        Name = name;
        Location = path;
        Origin = origin;
        string index = File(System.IO.File.Exists(Path.Combine(path, "index.json")) ? "index.json" : "files.json");
        using JsonDocument document = JsonDocument.Parse(System.IO.File.ReadAllBytes(index));
        Index = document.RootElement.Clone();
        JsonElement cases = Index.ValueKind == JsonValueKind.Object ? Index.GetProperty("cases") : Index;
        Cases = [.. cases.EnumerateArray().Select(entry => new GoldenCase(this, entry))];
    }

    /// <summary>The folder's name, for example <c>layers</c>.</summary>
    public string Name { get; }

    /// <summary>Where it lies.</summary>
    public string Location { get; }

    /// <summary>Which root it was taken from, in words.</summary>
    public string Origin { get; }

    /// <summary>The whole index.json.</summary>
    public JsonElement Index { get; }

    /// <summary>The cases of the index.</summary>
    public IReadOnlyList<GoldenCase> Cases { get; }

    /// <summary>The case of a name.</summary>
    public GoldenCase this[string name] => Cases.Single(golden => golden.Name == name);

    /// <summary>The full name of a file in the folder.</summary>
    public string File(string name) => Path.Combine(Location, name);
}

/// <summary>One case: its entry in index.json and its arrays.</summary>
public sealed class GoldenCase
{
    private readonly Lazy<SafetensorsFile> arrays;

    internal GoldenCase(FixtureFolder folder, JsonElement entry)
    {
        Folder = folder;
        Entry = entry;
        Name = entry.GetProperty(entry.TryGetProperty("name", out _) ? "name" : "file").GetString()!;
        arrays = new(() => SafetensorsFile.Read(folder.File(Name + ".safetensors")));
    }

    /// <summary>The folder that holds it.</summary>
    public FixtureFolder Folder { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its entry in index.json: <c>config</c> and the like.</summary>
    public JsonElement Entry { get; }

    /// <summary>Its arrays; read at the first use.</summary>
    public SafetensorsFile Arrays => arrays.Value;

    /// <summary>The elements of one array.</summary>
    public float[] Floats(string array) => Arrays[array].ToFloats();

    /// <summary>The elements of one array.</summary>
    public double[] Doubles(string array) => Arrays[array].ToDoubles();

    /// <summary>The axes of one array.</summary>
    public int[] Axes(string array) => Arrays[array].Shape.Axes.ToArray();

    public override string ToString() => $"{Folder.Name}/{Name}";
}
