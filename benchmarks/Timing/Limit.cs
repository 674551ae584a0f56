using System.Diagnostics;
using Engram.Kernels;

namespace Engram.Benchmarks;

/// <summary>The processor's multiply-add limit: as many fused multiply-adds in registers as it will do, on the engine's own threads.</summary>
internal sealed class Limit : IShardWork
{
    private const int Rounds = 2_000_000;
    private readonly float[] sums = new float[1024];

    /// <summary>The best of several tries, in GFLOP/s over all threads.</summary>
    public static double Measure()
    {
        var limit = new Limit();
        double best = 0;
        int threads = Workers.ThreadCount;
        for (int attempt = 0; attempt < 12; attempt++)
        {
            long start = Stopwatch.GetTimestamp();
            Workers.Run(limit, threads, long.MaxValue);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = Math.Max(best, (double)threads * Rounds * 10 * 2 * Isa.Lanes / seconds / 1e9);
        }

        return best;
    }

    public void Run(int shard)
    {
        var loop = new Loop();
        Isa.Run(ref loop);
        sums[shard] = loop.Sum;
    }

    private struct Loop : IKernel
    {
        public float Sum;

        public unsafe void Run<TIsa, V>() where TIsa : struct, IVectorIsa<V> where V : struct
        {
            V x = TIsa.Create(0.9999f), y = TIsa.Create(1e-6f);
            V a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x;
            for (int round = 0; round < Rounds; round++)
            {
                a = TIsa.MultiplyAdd(a, x, y);
                b = TIsa.MultiplyAdd(b, x, y);
                c = TIsa.MultiplyAdd(c, x, y);
                d = TIsa.MultiplyAdd(d, x, y);
                e = TIsa.MultiplyAdd(e, x, y);
                f = TIsa.MultiplyAdd(f, x, y);
                g = TIsa.MultiplyAdd(g, x, y);
                h = TIsa.MultiplyAdd(h, x, y);
                i = TIsa.MultiplyAdd(i, x, y);
                j = TIsa.MultiplyAdd(j, x, y);
            }

            V sum = TIsa.Add(TIsa.Add(TIsa.Add(a, b), TIsa.Add(c, d)), TIsa.Add(TIsa.Add(TIsa.Add(e, f), TIsa.Add(g, h)), TIsa.Add(i, j)));
            float* values = stackalloc float[TIsa.Lanes];
            TIsa.Store(values, sum);
            Sum = values[0];
        }
    }
}
