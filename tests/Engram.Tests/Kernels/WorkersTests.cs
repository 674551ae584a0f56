using Engram.Kernels;
using Xunit.Abstractions;

namespace Engram.Tests.Kernels;

/// <summary>The engine's threads: every shard once, whoever calls, however many threads there are.</summary>
[Collection(nameof(WorkersTests))]
[CollectionDefinition(nameof(WorkersTests), DisableParallelization = true)]
public sealed class WorkersTests : IDisposable
{
    private readonly ITestOutputHelper output;
    private readonly int threads = EngramRuntime.Threads;
    private readonly int processors = Workers.Processors;

    public WorkersTests(ITestOutputHelper output)
    {
        this.output = output;
        Workers.Processors = 7; // more threads than most machines have processors: they get in each other's way
    }

    public void Dispose() => (EngramRuntime.Threads, Workers.Processors) = (threads, processors);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1024)]
    public void Every_shard_runs_once(int threads)
    {
        EngramRuntime.Threads = threads;
        foreach (int count in (int[])[0, 1, 2, 3, 8, 1000, 0xFFFF, 0x10000])
        {
            var work = new Counter(count);
            for (int round = 1; round <= 20; round++)
            {
                Workers.Run(work, count, long.MaxValue);
                Assert.All(work.Runs, runs => Assert.Equal(round, runs));
            }
        }
    }

    [Fact]
    public void Callers_at_once_get_their_own_work_done()
    {
        EngramRuntime.Threads = 7;
        var works = new Counter[9];
        var callers = new Thread[works.Length];
        for (int i = 0; i < works.Length; i++)
        {
            Counter work = works[i] = new Counter(2 + (3 * i));
            callers[i] = new Thread(() =>
            {
                for (int round = 0; round < 2000; round++) { Workers.Run(work, work.Runs.Length, long.MaxValue); }
            });
            callers[i].Start();
        }

        foreach (Thread caller in callers) { caller.Join(); }
        Assert.All(works, work => Assert.All(work.Runs, runs => Assert.Equal(2000, runs)));
    }

    [Fact]
    public void No_more_threads_compute_than_are_allowed()
    {
        EngramRuntime.Threads = 7;
        Workers.Run(new Counter(100), 100, long.MaxValue);
        EngramRuntime.Threads = 3; // six helpers are awake by now
        var work = new Present();
        for (int round = 0; round < 200; round++) { Workers.Run(work, 16, long.MaxValue); }
        Assert.InRange(work.Most, 1, 3);
    }

    [Fact]
    public void Work_inside_a_shard_is_the_shard_s_own()
    {
        EngramRuntime.Threads = 7;
        var inner = new Counter[20];
        for (int i = 0; i < inner.Length; i++) { inner[i] = new Counter(5); }
        Workers.Run(new Act(shard =>
        {
            int before = Environment.CurrentManagedThreadId;
            Workers.Run(new Act(i =>
            {
                inner[shard].Runs[i]++;
                Assert.Equal(before, Environment.CurrentManagedThreadId);
            }), 5, long.MaxValue);
        }), inner.Length, long.MaxValue);
        Assert.All(inner, work => Assert.All(work.Runs, runs => Assert.Equal(1, runs)));
    }

    [Fact]
    public void A_failure_reaches_the_caller_and_leaves_the_threads_usable()
    {
        EngramRuntime.Threads = 7;
        var failing = new Act(shard => throw new InvalidOperationException($"shard {shard}"));
        var failure = Assert.Throws<AggregateException>(() => Workers.Run(failing, 50, long.MaxValue));
        Assert.IsType<InvalidOperationException>(failure.InnerException);
        Every_shard_runs_once(7);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1025)]
    public void A_number_of_threads_that_cannot_be_is_refused(int threads)
    {
        int before = EngramRuntime.Threads;
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => EngramRuntime.Threads = threads);
        Assert.Contains("1 to 1024", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, EngramRuntime.Threads);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("many")]
    [InlineData("1025")]
    public void A_variable_that_cannot_be_is_an_error_that_names_it(string value) =>
        Assert.Contains($"ENGRAM_THREADS is '{value}'; it must be a whole number from 1 to 1024.", ProbeRun.Error(["--threads"], ("ENGRAM_THREADS", value)), StringComparison.Ordinal);

    [Fact]
    public void The_variable_sets_the_number_and_without_it_the_processors_do()
    {
        Assert.Equal("5", ProbeRun.Lines(["--threads"], ("ENGRAM_THREADS", "5")).Split(' ')[0]);
        Assert.Equal($"{processors} {processors}", ProbeRun.Lines(["--threads"], ("ENGRAM_THREADS", "")).Trim());
        if (ProbeRun.LinesOnOneProcessor(["--threads"], ("ENGRAM_THREADS", "")) is { } lines) { Assert.Equal("1 1", lines.Trim()); }
        else { output.WriteLine("Not run on one processor: there is no /usr/bin/taskset."); }
    }

    /// <summary>Counts how often each shard ran.</summary>
    private sealed class Counter(int count) : IShardWork
    {
        public int[] Runs { get; } = new int[count];

        public void Run(int shard) => Runs[shard]++;
    }

    /// <summary>Counts how many threads are in it at once, and gives them every chance to be.</summary>
    private sealed class Present : IShardWork
    {
        private int now, most;

        public int Most => most;

        public void Run(int shard)
        {
            int here = Interlocked.Increment(ref now);
            for (int seen = most; here > seen; seen = most) { Interlocked.CompareExchange(ref most, here, seen); }
            Thread.Yield();
            Interlocked.Decrement(ref now);
        }
    }

    private sealed class Act(Action<int> action) : IShardWork
    {
        public void Run(int shard) => action(shard);
    }
}
