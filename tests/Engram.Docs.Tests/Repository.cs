namespace Engram.Docs.Tests;

/// <summary>Where the repository's own files lie.</summary>
internal static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder named from the root.</summary>
    public static string At(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Engram.slnx"))) { return at.FullName; }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' has Engram.slnx.");
    }
}
