using System.Diagnostics;
using Engram.Kernels;

namespace Engram.Benchmarks;

/// <summary>
/// How fast all threads together read an array again and again: the bound of a streaming step, which reads every weight once. An array that fits
/// a cache is read from there, so it is measured with as many bytes as the work has.
/// </summary>
internal sealed class Bandwidth : IShardWork
{
    private readonly TensorBuffer array;
    private readonly float[] sums = new float[1024];
    private readonly int shards = Workers.ThreadCount;
    private int rounds;

    private Bandwidth(long bytes) => array = new TensorBuffer((int)(bytes / sizeof(float)));

    /// <summary>The best of several tries, in bytes a second over all threads.</summary>
    public static double Measure(long bytes)
    {
        const long LeastBytes = 200_000_000;
        var reading = new Bandwidth(bytes) { rounds = (int)Math.Max(2, LeastBytes / bytes) };
        double best = 0;
        for (int attempt = 0; attempt < 8; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            Workers.Run(reading, reading.shards, long.MaxValue);
            best = Math.Max(best, (double)bytes * reading.rounds / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    public void Run(int shard)
    {
        var loop = new Loop { Array = array, First = Part(shard), End = Part(shard + 1), Rounds = rounds };
        Isa.Run(ref loop);
        sums[shard] = loop.Sum;
    }

    private int Part(int shard) => (int)((long)array.Length * shard / shards);

    private struct Loop : IKernel
    {
        public TensorBuffer Array;
        public int First, End, Rounds;
        public float Sum;

        public unsafe void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            float* first = Array.Pointer + First;
            float* end = Array.Pointer + End - (4 * TIsa.Lanes);
            V a = TIsa.Zero, b = a, c = a, d = a;
            for (int round = 0; round < Rounds; round++)
            {
                for (float* x = first; x <= end; x += 4 * TIsa.Lanes)
                {
                    a = TIsa.Add(a, TIsa.Load(x));
                    b = TIsa.Add(b, TIsa.Load(x + TIsa.Lanes));
                    c = TIsa.Add(c, TIsa.Load(x + (2 * TIsa.Lanes)));
                    d = TIsa.Add(d, TIsa.Load(x + (3 * TIsa.Lanes)));
                }
            }

            float* values = stackalloc float[TIsa.Lanes];
            TIsa.Store(values, TIsa.Add(TIsa.Add(a, b), TIsa.Add(c, d)));
            Sum = values[0];
        }
    }
}
