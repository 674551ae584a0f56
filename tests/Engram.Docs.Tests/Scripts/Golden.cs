namespace Engram.Docs.Tests;

/// <summary>What the real Keras printed: from the folder that ENGRAM_FIXTURES names where that has it, else from <c>tests/fixtures</c>.</summary>
internal static class Golden
{
    /// <summary>A summary, at 80 characters a line.</summary>
    public static string Summary(string name)
    {
        string? chosen = Environment.GetEnvironmentVariable("ENGRAM_FIXTURES");
        string folder = Path.Combine(string.IsNullOrEmpty(chosen) ? "" : chosen, "summary");
        return File.ReadAllText(Path.Combine(Directory.Exists(folder) ? folder : Repository.At("tests", "fixtures", "summary"), name + ".txt"));
    }
}
