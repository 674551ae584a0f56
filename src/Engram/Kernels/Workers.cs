namespace Engram.Kernels;

/// <summary>Work that is split into shards which do not touch each other's memory.</summary>
internal interface IShardWork
{
    void Run(int shard);
}

/// <summary>
/// The engine's threads. Which shards there are depends on shapes alone; how many threads share them changes only the time. The
/// threads spin briefly for the next work and then park. While one model uses them, another that trains at the same time
/// computes on its own thread.
/// </summary>
internal static class Workers
{
    // About fifty microseconds: longer than the gap between two layers, shorter than anyone notices on another program.
    private const int SpinTurns = 2000;

    // Whether this thread computes a shard: work inside a shard is the shard's own.
    [ThreadStatic]
    private static bool insideShard;

    private static readonly Lock Owner = new();
    private static readonly object Parking = new();
    private static int threadCount = ReadThreadCount();
    private static int started;
    private static int parked;

    [ThreadStatic]
    private static bool alone;

    // The work of the current generation. A ticket packs the generation (upper 32 bits), the number of shards (16 bits) and the
    // next shard (16 bits), so a thread that wakes late can never take a shard of work that is over.
    private static IShardWork? work;
    private static long ticket;
    private static int remaining;
    private static Exception? failure;

    /// <summary>
    /// How many threads compute, the caller's included: <c>ENGRAM_THREADS</c> or the number of processors. Results do not depend on it.
    /// </summary>
    public static int ThreadCount
    {
        get => threadCount;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1024);
            threadCount = value;
        }
    }

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
        return threadCount > 1 && !alone && !insideShard && operations >= WorthSharing;
    }

    /// <summary>Runs all shards and returns when they are done.</summary>
    /// <param name="shards">The work.</param>
    /// <param name="count">The number of shards.</param>
    /// <param name="operations">About how many multiply-adds all of it takes; little work is done by the caller alone.</param>
    public static void Run(IShardWork shards, int count, long operations)
    {
        if (count is > 1 and <= 0xFFFF && CanShare(operations) && Owner.TryEnter())
        {
            try { RunShared(shards, count); }
            finally { Owner.Exit(); }
            return;
        }

        for (int shard = 0; shard < count; shard++) { shards.Run(shard); }
    }

    private static void RunShared(IShardWork shards, int count)
    {
        while (started < threadCount - 1)
        {
            int number = ++started;
            new Thread(() => Work(number)) { IsBackground = true, Name = $"Engram {number}" }.Start();
        }

        work = shards;
        failure = null;
        Volatile.Write(ref remaining, count);
        long next = (Volatile.Read(ref ticket) & ~0xFFFFFFFFL) + (1L << 32) + ((long)count << 16);
        Interlocked.Exchange(ref ticket, next);
        if (Volatile.Read(ref parked) > 0)
        {
            lock (Parking) { Monitor.PulseAll(Parking); }
        }

        TakeShards(next >> 32);
        var spin = default(SpinWait);
        while (Volatile.Read(ref remaining) > 0) { spin.SpinOnce(sleep1Threshold: -1); }
        work = null;
        if (failure is { } exception) { throw new AggregateException(exception.Message, exception); }
    }

    private static void Work(int number)
    {
        long seen = 0;
        while (true)
        {
            long generation = Wait(number, seen);
            TakeShards(generation);
            seen = generation;
        }
    }

    private static long Wait(int number, long seen)
    {
        for (int turn = 0; turn < SpinTurns; turn++)
        {
            long generation = Volatile.Read(ref ticket) >> 32;
            if (generation != seen && number < threadCount) { return generation; }
            Thread.SpinWait(8);
        }

        lock (Parking)
        {
            Interlocked.Increment(ref parked);
            long generation;
            while ((generation = Volatile.Read(ref ticket) >> 32) == seen || number >= threadCount) { Monitor.Wait(Parking); }
            Interlocked.Decrement(ref parked);
            return generation;
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
            Interlocked.Decrement(ref remaining);
        }
    }

    private static int ReadThreadCount()
    {
        string? text = Environment.GetEnvironmentVariable("ENGRAM_THREADS");
        if (string.IsNullOrEmpty(text)) { return Environment.ProcessorCount; }
        return int.TryParse(text, out int count) && count is >= 1 and <= 1024
            ? count
            : throw new EngramException($"ENGRAM_THREADS is '{text}'; it must be a whole number from 1 to 1024.");
    }

    /// <summary>Ends <see cref="OnThisThread"/>.</summary>
    public readonly struct Solo(bool before) : IDisposable
    {
        private readonly bool before = before;

        /// <inheritdoc/>
        public void Dispose() => alone = before;
    }
}
