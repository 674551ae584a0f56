using System.Diagnostics;
using System.IO.Compression;

namespace Engram.Docs.Tests;

/// <summary>The packages that <c>dotnet pack</c> makes of what was built hold what a user needs, and nothing of the tests.</summary>
public sealed class PackageTests
{
    [Theory]
    [InlineData("Engram", "lib/net10.0/Engram.dll", "lib/net10.0/Engram.xml")]
    [InlineData("Engram.Charts", "lib/net10.0/Engram.Charts.dll", "lib/net10.0/Engram.Charts.xml")]
    [InlineData("Engram.Cli", "tools/net10.0/any/Engram.Cli.dll", "tools/net10.0/any/Engram.dll")]
    public void A_package_has_program_documentation_README_licence_and_symbols(string project, string program, string companion)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("engram-pack-");
        try
        {
            Pack(project, folder.FullName);
            string[] package = Entries(Assert.Single(folder.GetFiles("*.nupkg")), out string nuspec);
            string[] symbols = Entries(Assert.Single(folder.GetFiles("*.snupkg")), out _);
            Assert.Contains(program, package);
            Assert.Contains(companion, package);
            Assert.Contains("README.md", package);
            Assert.Contains("LICENSE", package);
            Assert.Contains(Path.ChangeExtension(program, ".pdb"), symbols);
            Assert.DoesNotContain(package, entry => entry.Contains("xunit", StringComparison.OrdinalIgnoreCase) || entry.Contains("Tests", StringComparison.Ordinal));
            Assert.Contains($"<id>{project}</id>", nuspec, StringComparison.Ordinal);
            Assert.Contains("<license type=\"expression\">MIT</license>", nuspec, StringComparison.Ordinal);
            Assert.Contains("<readme>README.md</readme>", nuspec, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Pack(string project, string folder)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        foreach (string argument in new[] { "pack", $"src/{project}", "-c", configuration, "--no-build", "-o", folder, "-nodeReuse:false" })
        {
            start.ArgumentList.Add(argument);
        }

        // The test runner sets these for itself; a build of its own must not inherit them.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray()) { start.Environment.Remove(name); }
        using Process pack = Process.Start(start)!;
        Task<string> error = pack.StandardError.ReadToEndAsync();
        string output = pack.StandardOutput.ReadToEnd();
        pack.WaitForExit();
        Assert.True(pack.ExitCode == 0, $"dotnet {string.Join(' ', start.ArgumentList)} ended with {pack.ExitCode}:\n{output}{error.Result}");
    }

    private static string[] Entries(FileInfo file, out string nuspec)
    {
        using ZipArchive archive = ZipFile.OpenRead(file.FullName);
        using var reader = new StreamReader(archive.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open());
        nuspec = reader.ReadToEnd();
        return [.. archive.Entries.Select(entry => entry.FullName)];
    }
}
