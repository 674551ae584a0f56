using System.Diagnostics;
using System.Globalization;

namespace Engram.Tests.Fuzzing;

/// <summary>
/// Reads damaged files by the hundred thousand, on all processors: each is read or refused with an <see cref="EngramException"/>, in little memory and
/// without hanging. <c>ENGRAM_FUZZ</c> sets how many (10000000 for a long run), <c>ENGRAM_FUZZ_FIRST</c> which number is the first.
/// </summary>
internal sealed class Fuzz
{
    private const long MostBytes = 100_000_000;
    private const int Block = 32, MostWaits = 100;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2), Wait = TimeSpan.FromSeconds(1); // of a processor: a second is promised, and the first files are compiled for, too

    private readonly Func<Random, byte[]> damage;
    private readonly int last;
    private readonly Lock found = new();
    private int next, good;
    private string? failure;
    private (long Bytes, int Number) most;
    private (TimeSpan Time, int Number) slowest;

    private Fuzz(Func<Random, byte[]> damage, int first, int files)
    {
        this.damage = damage;
        next = first;
        last = first + files;
    }

    /// <summary>Runs one format's reader, which keeps nothing from file to file, on damaged files.</summary>
    /// <param name="count">How many files where the environment does not say otherwise.</param>
    /// <param name="damage">Makes the file of a generator, which is seeded with the file's number; it is called from several threads.</param>
    /// <param name="read">Reads everything in it; it is called from several threads.</param>
    /// <param name="progress">Told what was found at the end.</param>
    public static void Run(int count, Func<Random, byte[]> damage, Action<byte[]> read, Action<string> progress) => Run(count, damage, () => read, progress);

    /// <summary>Runs one format's reader on damaged files.</summary>
    /// <param name="count">How many files where the environment does not say otherwise.</param>
    /// <param name="damage">Makes the file of a generator, which is seeded with the file's number; it is called from several threads.</param>
    /// <param name="reader">Makes what reads everything in a file, for one thread.</param>
    /// <param name="progress">Told what was found at the end.</param>
    public static void Run(int count, Func<Random, byte[]> damage, Func<Action<byte[]>> reader, Action<string> progress)
    {
        int files = Setting("ENGRAM_FUZZ", count);
        var fuzz = new Fuzz(damage, Setting("ENGRAM_FUZZ_FIRST", 1), files);
        var clock = Stopwatch.StartNew();
        Worker[] workers = [.. Enumerable.Range(0, Math.Min(Environment.ProcessorCount, 1 + (files / 1000))).Select(_ => new Worker(fuzz, reader()))];
        foreach (Worker worker in workers) { worker.Start(); }
        foreach (Worker worker in workers) { worker.Join(); }
        if (fuzz.failure is { } failure) { Assert.Fail(failure); }
        progress(string.Create(CultureInfo.InvariantCulture,
            $"{files} damaged files: {fuzz.good} read, {files - fuzz.good} refused; most memory {fuzz.most.Bytes} bytes (file {fuzz.most.Number}), longest {fuzz.slowest.Time.TotalMilliseconds:F1} ms of a processor (file {fuzz.slowest.Number}), {clock.Elapsed.TotalSeconds:F1} s in all."));
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>A thread that reads files, block by block.</summary>
    private sealed class Worker
    {
        private readonly Fuzz fuzz;
        private readonly Action<byte[]> read;
        private readonly Thread thread;
        private int good;
        private volatile int current;
        private (long Bytes, int Number) most;
        private (TimeSpan Time, int Number) slowest;

        public Worker(Fuzz fuzz, Action<byte[]> read)
        {
            (this.fuzz, this.read) = (fuzz, read);
            thread = new Thread(Run) { IsBackground = true, Name = nameof(Fuzz) };
        }

        public void Start() => thread.Start();

        // Waits are counted and not measured: a machine that stands still meanwhile, or a process that is stopped, is no file that hangs.
        public void Join()
        {
            int seen = 0, waits = 0;
            while (!thread.Join(Wait))
            {
                waits = current == seen ? waits + 1 : 0;
                seen = current;
                if (waits < MostWaits) { continue; }
                Fail($"File {seen} does not come to an end.");
                return;
            }
        }

        private void Run()
        {
            try
            {
                for (int start = Interlocked.Add(ref fuzz.next, Block) - Block; start < fuzz.last && fuzz.failure is null; start = Interlocked.Add(ref fuzz.next, Block) - Block)
                {
                    for (current = start; current < Math.Min(start + Block, fuzz.last); current++) { Try(fuzz.damage(new Random(current))); }
                }
            }
            catch (Exception e)
            {
                Fail($"File {current} could not be made: {e}");
            }

            lock (fuzz.found)
            {
                fuzz.good += good;
                if (most.Bytes > fuzz.most.Bytes) { fuzz.most = most; }
                if (slowest.Time > fuzz.slowest.Time) { fuzz.slowest = slowest; }
            }
        }

        private void Try(byte[] bytes)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan start = ThreadClock.Now;
            if (Read(bytes)) { good++; }
            TimeSpan time = ThreadClock.Now - start;
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            if (taken > most.Bytes) { most = (taken, current); }
            if (time > slowest.Time) { slowest = (time, current); }
            if (taken > MostBytes) { Fail($"File {current} (of {bytes.Length} bytes) took {taken} bytes of memory."); }
            if (time > MostTime) { Fail($"File {current} (of {bytes.Length} bytes) took {time.TotalSeconds} s."); }
        }

        private bool Read(byte[] bytes)
        {
            try
            {
                read(bytes);
                return true;
            }
            catch (EngramException e) when (!string.IsNullOrWhiteSpace(e.Message))
            {
                return false; // refused, as it should be
            }
            catch (Exception e)
            {
                Fail($"File {current} (of {bytes.Length} bytes) led to: {e}");
                return false;
            }
        }

        private void Fail(string what) => Interlocked.CompareExchange(ref fuzz.failure, what, null);
    }
}
