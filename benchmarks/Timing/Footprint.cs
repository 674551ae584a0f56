using System.Diagnostics;
using System.Globalization;
using Engram.Benchmarks.Works;

namespace Engram.Benchmarks;

/// <summary>
/// What a work takes in memory: the most that a process held which did nothing else, and what each step allocates.
/// </summary>
internal readonly record struct Footprint(long? PeakBytes, long? AllocatedBytesPerStep)
{
    /// <summary>The name of the command that <see cref="Take"/> runs in a process of its own.</summary>
    public const string Command = "footprint";

    /// <summary>Measures a work in a process of its own.</summary>
    /// <exception cref="EngramException">The process failed.</exception>
    public static Footprint Take(Work work)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [typeof(Footprint).Assembly.Location, Command, work.Name]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string[] words = process.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.TrimEntries);
        process.WaitForExit();
        return process.ExitCode == 0 && words.Length == 2
            ? new Footprint(Parse(words[0]), Parse(words[1]))
            : throw new EngramException($"Measuring the memory of {work.Name} ended with {process.ExitCode}: {error.Result.Trim()}");
    }

    /// <summary>Does a work three times in this process, and prints the peak and the allocations of a step.</summary>
    public static void Print(Work work, TextWriter output)
    {
        Run run = work.Create();
        var allocations = new Allocations();
        run.Do(null);
        run.Do(allocations.AfterStep);
        allocations.Begin(); // What counts is the second time through, when everything is warm.
        run.Do(allocations.AfterStep);
        using var self = Process.GetCurrentProcess();
        long peak = self.PeakWorkingSet64; // 0 where the system does not say
        output.Write($"{(peak > 0 ? peak : "-")} {(allocations.PerStep is { } bytes ? bytes : "-")}");
    }

    private static long? Parse(string word) => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;

    /// <summary>
    /// Bytes allocated between the ends of neighbouring steps: the median, because the runtime allocates a little of its own now and then.
    /// </summary>
    private sealed class Allocations
    {
        private readonly long[] totals = new long[4096];
        private int steps;

        public long? PerStep
        {
            get
            {
                if (steps < 2) { return null; }
                long[] perStep = [.. Enumerable.Range(1, steps - 1).Select(i => totals[i] - totals[i - 1]).Order()];
                return perStep[perStep.Length / 2];
            }
        }

        public void Begin() => steps = 0;

        public void AfterStep()
        {
            if (steps < totals.Length) { totals[steps++] = GC.GetTotalAllocatedBytes(precise: true); }
        }
    }
}
