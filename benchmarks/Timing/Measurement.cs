using System.Diagnostics;
using Engram.Benchmarks.Works;

namespace Engram.Benchmarks;

/// <summary>What was measured of one work.</summary>
/// <param name="Work">The work.</param>
/// <param name="Seconds">The times of one unit, ascending.</param>
/// <param name="ProcessorSeconds">The processor time of one unit, all threads together: the median.</param>
/// <param name="LimitGflops">The limit, measured before each time: the median.</param>
internal sealed record Measurement(Work Work, IReadOnlyList<double> Seconds, double ProcessorSeconds, double LimitGflops)
{
    /// <summary>The median time of one unit.</summary>
    public double Median => Seconds[Seconds.Count / 2];

    /// <summary>Useful operations a second, in units of 10^9, or null where they are not counted.</summary>
    public double? Gflops => Work.Operations > 0 ? Work.Operations / Median / 1e9 : null;

    /// <summary>The part of the limit that is useful work, or null.</summary>
    public double? Share => Gflops / LimitGflops;

    /// <summary>How fast the weights' bytes can be read, in bytes a second, or null where they are not what bounds the work.</summary>
    public double? Bandwidth { get; init; }

    /// <summary>The time that reading the weights takes by itself, or null.</summary>
    public double? ReadingSeconds => Work.WeightBytes / Bandwidth;

    /// <summary>The same work in other programs.</summary>
    public IReadOnlyList<PeerTime> Peers { get; init; } = [];

    /// <summary>The shortest of the other programs' times, or null.</summary>
    public PeerTime? FastestPeer => Peers.MinBy(peer => peer.Seconds);

    /// <summary>The memory that a process which does this work alone held at most, or null where the system does not say.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>What a step allocates once everything is warm, or null for work without steps.</summary>
    public long? AllocatedBytesPerStep { get; init; }

    /// <summary>Times a work: twice to warm up, then as often as told. Before each time the limit is measured, so that a busy neighbour shows in both.</summary>
    public static Measurement Take(Work work, int repetitions)
    {
        Run run = work.Create();
        run.Do(null);
        run.Do(null);
        var seconds = new double[repetitions];
        var processor = new double[repetitions];
        var limits = new double[repetitions];
        for (int i = 0; i < repetitions; i++)
        {
            limits[i] = Limit.Measure();
            TimeSpan before = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            run.Do(null);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds / run.Units;
            processor[i] = (Environment.CpuUsage.TotalTime - before).TotalSeconds / run.Units;
        }

        Array.Sort(seconds);
        Array.Sort(processor);
        Array.Sort(limits);
        return new Measurement(work, seconds, processor[repetitions / 2], limits[repetitions / 2])
        {
            Bandwidth = work.WeightBytes > 0 ? Benchmarks.Bandwidth.Measure(work.WeightBytes) : null,
        };
    }
}
