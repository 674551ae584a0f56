using Engram.Benchmarks.Works;

namespace Engram.Benchmarks.Reports;

/// <summary>The rows of the tables in <c>docs/performance.md</c>.</summary>
internal sealed class MarkdownReport(TextWriter output) : Report(output)
{
    public override void Begin(double limitGflops, int repetitions)
    {
        Output.WriteLine($"{Machine}. The limit is {limitGflops:0} GFLOP/s; medians of {repetitions}, and from the fastest to the slowest.");
        Output.WriteLine();
        Output.WriteLine("| work | what | median | spread | GFLOP/s | share of the limit | fastest peer | its time | ratio | peak memory |");
        Output.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
    }

    public override void Add(Measurement measurement)
    {
        Work work = measurement.Work;
        string gflops = measurement.Gflops is { } rate ? $"{rate:0.0}" : "";
        string share = measurement.Share is { } part ? $"{part * 100:0} %" : "";
        string peer = measurement.FastestPeer is { } fastest
            ? $"{fastest.Peer}, {fastest.Threads} {(fastest.Threads == 1 ? "thread" : "threads")} | {Time(fastest.Seconds)} | {fastest.Seconds / measurement.Median:0.0}"
            : " | | ";
        Output.WriteLine(
            $"| {work.Name} | {work.What} | {Time(measurement.Median)} | {Time(measurement.Seconds[0])} to {Time(measurement.Seconds[^1])} | {gflops} | {share} | {peer} | {Megabytes(measurement.PeakBytes)} |");
    }
}
