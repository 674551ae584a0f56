using System.Diagnostics;

namespace Engram.Kernels;

/// <summary>
/// How a thread waits for another: at first it spins, because what it waits for is mostly microseconds away; then it lets other threads run
/// in between, of which one may be what it waits for; and soon it should sleep, so that no time slice is burnt.
/// </summary>
internal struct Patience
{
    // Spinning longer was measured to be no faster, and slower where a neighbour wants the processor.
    private static readonly long SpinTicks = Stopwatch.Frequency / 100_000; // 10 µs

    // Longer than most gaps within a step of training: to wake a thread takes a tenth of this.
    private static readonly long SleepTicks = Stopwatch.Frequency / 1000; // 1 ms

    private long began;

    /// <summary>Waits for a moment; false when it is time to sleep.</summary>
    public bool Wait()
    {
        long now = Stopwatch.GetTimestamp();
        if (began == 0) { began = now; }
        if (now - began < SpinTicks) { Thread.SpinWait(2); }
        else if (now - began < SleepTicks) { Thread.Yield(); }
        else { return false; }
        return true;
    }
}
