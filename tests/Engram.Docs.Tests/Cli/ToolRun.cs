using System.Globalization;
using System.Text.Json;
using Engram.Cli;

namespace Engram.Docs.Tests.Cli;

/// <summary>A run of the tool within the test's process, its files in a folder of its own.</summary>
public sealed class ToolRun : IDisposable
{
    /// <summary>The folder for the run's files, removed at the end.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("engram-cli-").FullName;

    /// <summary>The exit code of the last run.</summary>
    public int ExitCode { get; private set; }

    /// <summary>What the last run printed.</summary>
    public string Output { get; private set; } = "";

    /// <summary>What the last run printed as errors.</summary>
    public string Error { get; private set; } = "";

    /// <summary>Few and small networks: what is tested here is not how good they are.</summary>
    public static string[] Small => ["--networks", "2", "--units", "4", "--epochs", "2", "--window", "12"];

    public ToolRun Run(params string[] args) => Run(CancellationToken.None, args);

    public ToolRun Run(CancellationToken cancellation, params string[] args)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        ExitCode = EngramTool.Run(args, output, error, cancellation: cancellation);
        (Output, Error) = (output.ToString(), error.ToString());
        return this;
    }

    public ToolRun Succeeds()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}");
        Assert.Equal("", Error);
        return this;
    }

    /// <summary>The error: one line, no stack trace, with the words.</summary>
    public void Fails(int exitCode, params string[] words)
    {
        Assert.Equal(exitCode, ExitCode);
        Assert.Equal("", Output);
        string[] lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(exitCode == EngramTool.UsageError && lines.Length == 2 ? 2 : 1, lines.Length);
        Assert.StartsWith("engram: ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        foreach (string word in words) { Assert.Contains(word, Error, StringComparison.Ordinal); }
    }

    public JsonElement Json() => JsonDocument.Parse(Output).RootElement;

    public string File(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    /// <summary>Monthly values with a season and a trend, distinct from one another.</summary>
    public string WriteSeries(string name, int rows, string header = "month,revenue")
    {
        IEnumerable<string> lines = Enumerable.Range(0, rows).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{new DateTime(2001, 1, 1).AddMonths(i):yyyy-MM},{100 + (0.7 * i) + (12 * Math.Sin(2 * Math.PI * i / 12)) + (3 * Math.Cos(1.7 * i)):F3}"));
        return Write(name, $"{header}\n{string.Join('\n', lines)}\n");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
