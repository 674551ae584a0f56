using System.Diagnostics;
using System.Text.Json;
using Engram.Models;
using Xunit.Abstractions;

namespace Engram.Tests.Formats.Keras;

/// <summary>The damaged and hostile model files: refused with an error that names the file, in little memory; those marked valid are read.</summary>
public sealed class HostileTests(ITestOutputHelper output)
{
    private const long MostBytes = 100_000_000;

    [Fact]
    public void Hostile_files_are_refused()
    {
        string folder = Path.GetFullPath(Path.Combine(Fixtures.Repository, "..", "shared", "fixtures", "hostile"));
        if (!Directory.Exists(folder))
        {
            output.WriteLine($"Not run: the folder {folder} of hostile files is not there.");
            return;
        }

        var failures = new List<string>();
        using JsonDocument index = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "index.json")));
        foreach (JsonElement entry in index.RootElement.EnumerateArray())
        {
            string name = entry.GetProperty("file").GetString()!, why = entry.GetProperty("why").GetString()!;
            if (!name.EndsWith(".keras", StringComparison.Ordinal) && !name.EndsWith(".h5", StringComparison.Ordinal)) { continue; }
            string? failure = Read(Path.Combine(folder, name), name.EndsWith(".weights.h5", StringComparison.Ordinal), why.StartsWith("valid", StringComparison.Ordinal));
            if (failure is not null) { failures.Add($"{name} ({why}): {failure}"); }
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    private string? Read(string path, bool weights, bool valid)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        string? message = null;
        IReadOnlyList<string> warnings = [];
        try
        {
            Network model = weights ? Network.Load(Path.Combine(KerasFixtures.Folder, "seed0.keras")) : Network.Load(path);
            if (weights) { model.LoadWeights(path); }
            warnings = model.FileWarnings;
        }
        catch (EngramException e)
        {
            message = e.Message;
        }

        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        output.WriteLine($"{Path.GetFileName(path)}: {message ?? "read; " + string.Join(" ", warnings)} ({taken / 1000} kB, {clock.ElapsedMilliseconds} ms)");
        if (taken > MostBytes) { return $"took {taken} bytes"; }
        if (path.EndsWith("nan.keras", StringComparison.Ordinal)) { return warnings.Count > 0 ? null : "says nothing about NaN"; }
        if (valid) { return message is not null && !path.Contains("big_endian", StringComparison.Ordinal) ? $"refused: {message}" : null; }
        return message is null ? "was read" : message.Contains(path, StringComparison.Ordinal) ? null : $"does not name the file: {message}";
    }
}
