namespace Engram.Kernels;

/// <summary>Work that is split into shards which do not touch each other's memory.</summary>
internal interface IShardWork
{
    void Run(int shard);
}

/// <summary>
/// The engine's threads. Which shards there are depends on shapes alone; how many threads share them changes only the time.
/// </summary>
/// <remarks>
/// The caller takes shards like everyone else, so nothing waits for a thread that the system does not let run, but for a shard that
/// such a thread has begun. There is one piece of shared work at a time; who comes meanwhile computes alone, and each such caller takes
/// the place of a helper: never do more threads compute than there are processors.
/// </remarks>
internal static class Workers
{
    // The work of the current generation. A ticket packs the generation (upper 32 bits), the number of shards (16 bits) and the
    // next shard (16 bits), so a thread that wakes late can never take a shard of work that is over.
    private static IShardWork? work;
    private static long ticket;
    private static int seats;
    private static int remaining;
    private static Exception? failure;

    private static readonly Lock Owner = new();
    private static readonly object Parking = new();
    private static readonly object Finish = new();
    private static int threadCount; // 0 until it is asked for
    private static int processors = Environment.ProcessorCount;
    private static int callers;
    private static int started;
    private static int parked;
    private static int wakeups;
    private static bool ownerParked;

    // Whether this thread computes a shard: work inside a shard is the shard's own.
    [ThreadStatic]
    private static bool insideShard;

    // Whether this thread is counted among the callers, or is a helper.
    [ThreadStatic]
    private static bool counted;

    [ThreadStatic]
    private static bool alone;

    /// <summary>How many threads compute, the caller's included; see <see cref="EngramRuntime.Threads"/>.</summary>
    public static int ThreadCount { get => threadCount > 0 ? threadCount : threadCount = ReadThreadCount(); set => threadCount = value; }

    /// <summary>
    /// How many processors the process may use, by its affinity and its control group; no more threads than that compute at a time, because
    /// they would only wait for each other. Tests pretend to have more.
    /// </summary>
    public static int Processors { get => processors; set => processors = value; }

    /// <summary>Until disposed, work of the calling thread runs on it alone: for several models that are trained side by side.</summary>
    public static Solo OnThisThread()
    {
        bool before = alone;
        alone = true;
        return new Solo(before);
    }

    /// <summary>Whether the calling thread may share so many multiply-adds with others, and whether that is worth its while.</summary>
    public static bool CanShare(long operations)
    {
        const long WorthSharing = 200_000; // a few microseconds
        return Math.Min(ThreadCount, processors) > 1 && !alone && !insideShard && operations >= WorthSharing;
    }

    /// <summary>Runs all shards and returns when they are done.</summary>
    /// <param name="shards">The work.</param>
    /// <param name="count">The number of shards.</param>
    /// <param name="operations">About how many multiply-adds all of it takes; little work is done by the caller alone.</param>
    public static void Run(IShardWork shards, int count, long operations)
    {
        if (counted)
        {
            RunCounted(shards, count, operations);
            return;
        }

        counted = true;
        Interlocked.Increment(ref callers);
        try { RunCounted(shards, count, operations); }
        finally
        {
            Interlocked.Decrement(ref callers);
            counted = false;
        }
    }

    private static void RunCounted(IShardWork shards, int count, long operations)
    {
        if (count is > 1 and <= 0xFFFF && CanShare(operations))
        {
            int helpers = Math.Min(count, Math.Min(ThreadCount, processors) - Volatile.Read(ref callers) + 1) - 1;
            if (helpers > 0 && Owner.TryEnter())
            {
                try { RunShared(shards, count, helpers); }
                finally { Owner.Exit(); }
                return;
            }
        }

        for (int shard = 0; shard < count; shard++) { shards.Run(shard); }
    }

    private static void RunShared(IShardWork shards, int count, int helpers)
    {
        work = shards;
        failure = null;
        remaining = count;
        Volatile.Write(ref seats, helpers);
        long next = (Volatile.Read(ref ticket) & ~0xFFFFFFFFL) + (1L << 32) + ((long)count << 16);
        Interlocked.Exchange(ref ticket, next);
        Summon(helpers);
        TakeShards(next >> 32);
        WaitForOthers();
        work = null;
        if (failure is { } exception) { throw new AggregateException(exception.Message, exception); }
    }

    // Sees to it that so many helpers are awake.
    private static void Summon(int helpers)
    {
        while (started < helpers)
        {
            started++;
            new Thread(Help) { IsBackground = true, Name = $"Engram {started}" }.Start();
        }

        if (started - Volatile.Read(ref parked) >= helpers) { return; }
        lock (Parking)
        {
            int missing = Math.Min(parked, helpers - (started - parked));
            parked -= missing;
            wakeups += missing;
            for (int i = 0; i < missing; i++) { Monitor.Pulse(Parking); }
        }
    }

    private static void Help()
    {
        counted = true;
        long seen = 0;
        while (true)
        {
            seen = WaitForWork(seen);
            if (Interlocked.Decrement(ref seats) >= 0) { TakeShards(seen); }
        }
    }

    // Returns the generation of the next work.
    private static long WaitForWork(long seen)
    {
        long generation;
        var patience = new Patience();
        do
        {
            if ((generation = Volatile.Read(ref ticket) >> 32) != seen) { return generation; }
        }
        while (patience.Wait());

        lock (Parking)
        {
            Interlocked.Increment(ref parked);
            if ((generation = Volatile.Read(ref ticket) >> 32) != seen)
            {
                parked--; // The work came before anyone could know that this thread wants to sleep.
                return generation;
            }

            while (wakeups == 0) { Monitor.Wait(Parking); }
            wakeups--;
        }

        return Volatile.Read(ref ticket) >> 32;
    }

    private static void WaitForOthers()
    {
        var patience = new Patience();
        while (Volatile.Read(ref remaining) > 0)
        {
            if (patience.Wait()) { continue; }
            lock (Finish)
            {
                Volatile.Write(ref ownerParked, true);
                Interlocked.MemoryBarrier(); // whoever ends the last shard after this sees that someone sleeps
                while (Volatile.Read(ref remaining) > 0) { Monitor.Wait(Finish); }
                ownerParked = false;
            }
        }
    }

    private static void TakeShards(long generation)
    {
        while (true)
        {
            long current = Volatile.Read(ref ticket);
            int shard = (int)(current & 0xFFFF);
            int count = (int)((current >> 16) & 0xFFFF);
            if (current >> 32 != generation || shard >= count) { return; }
            if (Interlocked.CompareExchange(ref ticket, current + 1, current) != current) { continue; }
            insideShard = true;
            try { work!.Run(shard); }
            catch (Exception exception) { Interlocked.CompareExchange(ref failure, exception, null); }
            finally { insideShard = false; }
            if (Interlocked.Decrement(ref remaining) == 0 && Volatile.Read(ref ownerParked))
            {
                lock (Finish) { Monitor.Pulse(Finish); }
            }
        }
    }

    private static int ReadThreadCount()
    {
        string? text = Environment.GetEnvironmentVariable("ENGRAM_THREADS");
        if (string.IsNullOrEmpty(text)) { return Math.Min(Environment.ProcessorCount, EngramRuntime.MostThreads); }
        return int.TryParse(text, out int count) && count is >= 1 and <= EngramRuntime.MostThreads
            ? count
            : throw new EngramException($"ENGRAM_THREADS is '{text}'; it must be a whole number from 1 to {EngramRuntime.MostThreads}.");
    }

    /// <summary>Ends <see cref="OnThisThread"/>.</summary>
    public readonly struct Solo(bool before) : IDisposable
    {
        private readonly bool before = before;

        /// <inheritdoc/>
        public void Dispose() => alone = before;
    }
}
