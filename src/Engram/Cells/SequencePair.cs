using Engram.Kernels;

namespace Engram.Cells;

/// <summary>
/// Runs two passes that do not touch each other's memory, such as the two directions of a bidirectional layer, at once: their shards are
/// those of one piece of work. Each computes what it would compute alone, so the bits are the same.
/// </summary>
internal sealed class SequencePair : IShardWork
{
    private SequencePass first = null!;
    private SequencePass second = null!;

    /// <summary>Runs what both passes are prepared for.</summary>
    public void Run(SequencePass first, SequencePass second)
    {
        if (first.RunsAlone || second.RunsAlone)
        {
            first.Run();
            second.Run();
            return;
        }

        (this.first, this.second) = (first, second);
        Workers.Run(this, first.Shards + second.Shards, first.Operations + second.Operations);
    }

    void IShardWork.Run(int shard)
    {
        if (shard < first.Shards) { first.Run(shard); }
        else { second.Run(shard - first.Shards); }
    }
}
