using System.Diagnostics;
using System.Globalization;

namespace Engram.Tests.Fuzzing;

/// <summary>
/// Reads damaged files by the hundred thousand: each is read or refused with an <see cref="EngramException"/>, in little memory and
/// without hanging. <c>ENGRAM_FUZZ</c> sets how many (10000000 for a long run), <c>ENGRAM_FUZZ_FIRST</c> which number is the first.
/// </summary>
internal static class Fuzz
{
    private const long MostBytes = 100_000_000;
    private static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20); // far above the second that is promised, as machines are shared

    /// <summary>Runs one format's reader on damaged files.</summary>
    /// <param name="count">How many files where the environment does not say otherwise.</param>
    /// <param name="damage">Makes the file of a generator, which is seeded with the file's number.</param>
    /// <param name="read">Reads everything in it.</param>
    /// <param name="progress">Told what was found at the end.</param>
    public static void Run(int count, Func<Random, byte[]> damage, Action<byte[]> read, Action<string> progress)
    {
        int first = Setting("ENGRAM_FUZZ_FIRST", 1);
        int files = Setting("ENGRAM_FUZZ", count);
        int good = 0;
        (long Bytes, int Number) most = default;
        (TimeSpan Time, int Number) slowest = default;
        var clock = Stopwatch.StartNew();
        for (int number = first; number < first + files; number++)
        {
            byte[] bytes = damage(new Random(number));
            long before = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan start = clock.Elapsed;
            try
            {
                read(bytes);
                good++;
            }
            catch (EngramException e) when (!string.IsNullOrWhiteSpace(e.Message))
            {
                // refused, as it should be
            }
            catch (Exception e)
            {
                Assert.Fail($"File {number} (of {bytes.Length} bytes) led to: {e}");
            }

            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            TimeSpan time = clock.Elapsed - start;
            if (taken > most.Bytes) { most = (taken, number); }
            if (time > slowest.Time) { slowest = (time, number); }
            Assert.True(taken <= MostBytes, $"File {number} (of {bytes.Length} bytes) took {taken} bytes of memory.");
            Assert.True(time <= Hangs, $"File {number} (of {bytes.Length} bytes) took {time.TotalSeconds} s.");
        }

        progress(string.Create(CultureInfo.InvariantCulture,
            $"{files} damaged files: {good} read, {files - good} refused; most memory {most.Bytes} bytes (file {most.Number}), longest {slowest.Time.TotalMilliseconds:F1} ms (file {slowest.Number}), {clock.Elapsed.TotalSeconds:F1} s in all."));
    }

    private static int Setting(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;
}
