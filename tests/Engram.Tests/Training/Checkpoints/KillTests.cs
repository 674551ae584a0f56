using System.Diagnostics;
using Engram.Tests.Kernels;
using Xunit.Abstractions;

namespace Engram.Tests.Training;

/// <summary>Processes that train are killed at random moments, within a step or while a checkpoint is written, and started again.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(30)]
    [InlineData(20, "--stateful")]
    public void A_run_that_is_killed_again_and_again_equals_one_that_is_not(int kills, params string[] options)
    {
        string expected = ProbeRun.Lines(["--resume", "", .. options]).Trim().Split('\n')[^1];
        Assert.StartsWith("done:", expected, StringComparison.Ordinal);
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}: {expected}");
        var random = new Random(seed);
        int done = 0, left = 0, finished = 0;
        using var folder = new TemporaryFolder();
        string checkpoints = folder.File("backup");
        var batches = new HashSet<string>();
        for (bool more = true; more;)
        {
            (string? last, List<string> seen) = Live(["--resume", checkpoints, .. options], done < kills ? random.Next(1, 9) : int.MaxValue, random.Next(200_000));
            batches.UnionWith(seen);
            if (last is not null)
            {
                Assert.Equal(expected, last);
                finished++;
                more = done < kills;
                continue;
            }

            done++;
            left += Directory.Exists(checkpoints) ? Directory.GetFiles(checkpoints, "*.tmp").Length : 0;
        }

        Assert.True(batches.Count > 30, $"Only {batches.Count} batches were seen.");
        output.WriteLine($"{done} kills, {left} of them while a checkpoint was written, {finished} runs to the end");
    }

    // Kills the process a little after a line of it was read; null then, else its last line.
    private static (string? Last, List<string> Seen) Live(string[] arguments, int lines, int spin)
    {
        using Process process = ProbeRun.Start(arguments);
        var seen = new List<string>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith("done:", StringComparison.Ordinal))
            {
                process.WaitForExit();
                Assert.Equal(0, process.ExitCode);
                return (line, seen);
            }

            seen.Add(line);
            if (seen.Count < lines) { continue; }
            Thread.SpinWait(spin); // a moment within what follows the line, not the line itself
            process.Kill();
            process.WaitForExit();
            return (null, seen);
        }

        process.WaitForExit();
        Assert.Fail($"The process ended by itself: {process.StandardError.ReadToEnd()}");
        return default;
    }
}
