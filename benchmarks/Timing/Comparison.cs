using System.Diagnostics;
using Engram.Benchmarks.Reports;
using Engram.Benchmarks.Works;

namespace Engram.Benchmarks;

/// <summary>
/// Works done in turn, round after round, each held against the first of the same round: on a machine that others use too, a ratio of
/// neighbours in time says more than two medians of different minutes.
/// </summary>
internal static class Comparison
{
    /// <summary>Times the works and prints a row of a table in Markdown for each.</summary>
    public static void Print(IReadOnlyList<Work> works, int rounds, TextWriter output)
    {
        Run[] runs = [.. works.Select(work => work.Create())];
        foreach (Run run in (Run[])[.. runs, .. runs]) { run.Do(null); }
        double[][] seconds = [.. works.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int k = 0; k < runs.Length; k++)
            {
                long start = Stopwatch.GetTimestamp();
                runs[k].Do(null);
                seconds[k][round] = Stopwatch.GetElapsedTime(start).TotalSeconds / runs[k].Units;
            }
        }

        output.WriteLine($"| work | median of {rounds} | fastest | time to {works[0].Name}'s | share of the limit to its |");
        output.WriteLine("|---|---|---|---|---|");
        for (int k = 0; k < works.Count; k++)
        {
            double ratio = Median(seconds[k].Zip(seconds[0], (time, first) => time / first));
            string share = works[k].Operations > 0 && works[0].Operations > 0 ? $"{works[k].Operations / works[0].Operations / ratio:0.00}" : "";
            output.WriteLine($"| {works[k].Name} | {Report.Time(Median(seconds[k]))} | {Report.Time(seconds[k].Min())} | {ratio:0.00} | {share} |");
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
