namespace Engram.Docs.Tests;

/// <summary>What the real Keras printed: from the folder that ENGRAM_FIXTURES names, else the copies in <c>tests/fixtures</c>.</summary>
internal static class Golden
{
    /// <summary>A summary, at 80 characters a line.</summary>
    public static string Summary(string name)
    {
        string? chosen = Environment.GetEnvironmentVariable("ENGRAM_FIXTURES");
        string root = string.IsNullOrEmpty(chosen) ? Repository.At("tests", "fixtures") : chosen;
        return File.ReadAllText(Path.Combine(root, "summary", name + ".txt"));
    }
}
