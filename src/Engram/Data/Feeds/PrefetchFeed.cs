using System.Runtime.ExceptionServices;

namespace Engram.Data;

/// <summary>Reads batches ahead on a thread of its own, in the order in which they would be read anyway.</summary>
internal sealed class PrefetchFeed : Feed
{
    private readonly Feed inner;
    private readonly Lock gate = new();
    private readonly Queue<FeedBatch> free = new();
    private readonly Queue<FeedBatch> full = new();
    private readonly AutoResetEvent forReader = new(false);
    private readonly AutoResetEvent forTaker = new(false);
    private readonly Thread thread;
    private FeedBatch? taken;
    private Action begin = () => { };
    private int asked; // how many epochs were begun
    private int running; // which of them is being read
    private bool ended = true;
    private bool stopped;
    private ExceptionDispatchInfo? failure;

    public PrefetchFeed(Feed inner, int ahead)
    {
        this.inner = inner;
        for (int i = 0; i <= ahead; i++) { free.Enqueue(inner.CreateBatch()); }
        thread = new Thread(Read) { IsBackground = true, Name = "Engram reads ahead" };
        thread.Start();
    }

    public override IReadOnlyList<Shape>? InputShapes => inner.InputShapes;

    public override int? SampleCount => inner.SampleCount;

    public override int? BatchCount => inner.BatchCount;

    public override FeedBatch CreateBatch() => inner.CreateBatch();

    public override bool Fill(FeedBatch batch) => throw new NotSupportedException("What reads ahead hands out its own buffers.");

    // Read between batches: the order changes only when an epoch begins, which is before its first batch is handed out.
    public override IReadOnlyList<int[]> Order => inner.Order;

    public override void BeginEpoch(RandomKey? order) => Begin(() => inner.BeginEpoch(order));

    public override void Resume(IReadOnlyList<int[]> order, long batches)
    {
        lock (gate)
        {
            if (asked == 0)
            {
                inner.Resume(order, batches); // nothing is read before it is asked for, so what is wrong is said here
                Begin(() => { });
                return;
            }
        }

        throw new InvalidOperationException("Reading has begun already.");
    }

    private void Begin(Action begin)
    {
        lock (gate)
        {
            this.begin = begin;
            asked++;
            ended = false;
            failure = null;
            while (full.TryDequeue(out FeedBatch? unread)) { free.Enqueue(unread); }
            GiveBack();
        }

        forReader.Set();
    }

    public override FeedBatch? Next()
    {
        lock (gate) { GiveBack(); }
        forReader.Set();
        while (true)
        {
            lock (gate)
            {
                if (full.TryDequeue(out taken)) { return taken; }
                if (ended)
                {
                    failure?.Throw();
                    return null;
                }
            }

            forTaker.WaitOne();
        }
    }

    public override void Dispose()
    {
        lock (gate) { stopped = true; }
        forReader.Set();
        thread.Join();
        forReader.Dispose();
        forTaker.Dispose();
        inner.Dispose();
        base.Dispose();
    }

    private void GiveBack()
    {
        if (taken is null) { return; }
        free.Enqueue(taken);
        taken = null;
    }

    private void Read()
    {
        while (true)
        {
            FeedBatch? batch = null;
            Action begin;
            bool begins;
            lock (gate)
            {
                if (stopped) { return; }
                begins = asked != running;
                (running, begin) = (asked, this.begin);
                if (begins || !ended) { free.TryDequeue(out batch); }
            }

            if (batch is null)
            {
                // An epoch is begun when there is room for its first batch.
                if (begins)
                {
                    lock (gate) { running = asked - 1; }
                }

                forReader.WaitOne();
                continue;
            }

            Read(batch, begins, begin);
            forTaker.Set();
        }
    }

    private void Read(FeedBatch batch, bool begins, Action begin)
    {
        bool more = false;
        ExceptionDispatchInfo? error = null;
        try
        {
            if (begins) { begin(); }
            more = inner.Fill(batch);
        }
        catch (Exception e)
        {
            error = ExceptionDispatchInfo.Capture(e); // thrown where the batch is asked for
        }

        lock (gate)
        {
            bool outdated = asked != running;
            (more && !outdated ? full : free).Enqueue(batch);
            if (!more && !outdated) { (ended, failure) = (true, error); }
        }
    }
}
