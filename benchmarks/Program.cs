using System.Diagnostics;
using System.Globalization;
using Engram.Benchmarks;
using Engram.Kernels;

// dotnet run -c Release --project benchmarks -- [W1 W2 ...]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int Repetitions = 5;
Console.WriteLine($"{Isa.Bits}-bit vectors, {Workers.ThreadCount} threads, limit {Limit.Measure():0} GFLOP/s; median of {Repetitions}");
foreach ((string name, Func<Work> create) in Work.All)
{
    if (args.Length > 0 && !args.Contains(name, StringComparer.OrdinalIgnoreCase)) { continue; }
    Work work = create();
    work.Run();
    work.Run();
    var seconds = new double[Repetitions];
    var limits = new double[Repetitions];
    var processor = new double[Repetitions];
    for (int i = 0; i < Repetitions; i++)
    {
        limits[i] = Limit.Measure();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        work.Run();
        seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        processor[i] = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    Array.Sort(seconds);
    Array.Sort(limits);
    Array.Sort(processor);
    double median = seconds[Repetitions / 2], limit = limits[Repetitions / 2];
    double rate = work.Operations / median / 1e9;
    Console.WriteLine($"{work.Name}  {work.Description}: {median * 1000:0.0} ms ({seconds[0] * 1000:0.0} to {seconds[^1] * 1000:0.0}), {rate:0.0} GFLOP/s, {rate / limit:P1} of {limit:0}; processor time {processor[Repetitions / 2] * 1000:0} ms");
}

return 0;
