namespace Engram.Benchmarks.Reports;

/// <summary>Lines to read.</summary>
internal sealed class TextReport(TextWriter output) : Report(output)
{
    public override void Begin(double limitGflops, int repetitions) =>
        Output.WriteLine($"{Machine}: limit {limitGflops:0} GFLOP/s; medians of {repetitions}");

    public override void Add(Measurement measurement)
    {
        Output.WriteLine();
        Output.WriteLine($"{measurement.Work.Name}: {measurement.Work.What}");
        Output.WriteLine($"  {Time(measurement.Median)} a {measurement.Work.Unit} ({Time(measurement.Seconds[0])} to {Time(measurement.Seconds[^1])}), processor time {Time(measurement.ProcessorSeconds)}");
        if (measurement.Gflops is { } gflops)
        {
            Output.WriteLine($"  {gflops:0.0} GFLOP/s, {measurement.Share:P1} of {measurement.LimitGflops:0}");
        }

        if (measurement.ReadingSeconds is { } reading)
        {
            Output.WriteLine(
                $"  weights of {Megabytes(measurement.Work.WeightBytes)}, read alone at {measurement.Bandwidth / 1e9:0} GB/s: {Time(reading)}; the step takes {measurement.Median / reading:0.00} times as long");
        }

        foreach (PeerTime peer in measurement.Peers)
        {
            Output.WriteLine($"  {peer.Peer}, {peer.Threads} threads: {Time(peer.Seconds)}, {peer.Seconds / measurement.Median:0.00} times as long");
        }

        if (measurement.PeakBytes is not null) { Output.WriteLine($"  peak memory {Megabytes(measurement.PeakBytes)}"); }
        if (measurement.AllocatedBytesPerStep is { } bytes) { Output.WriteLine($"  {bytes} bytes allocated a step"); }
    }
}
