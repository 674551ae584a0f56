namespace Engram.Training;

/// <summary>A moment at which all of a run can be kept: a batch or an epoch is done, and all callbacks have seen it.</summary>
internal sealed class Settled(Action<string> save)
{
    /// <summary>Whether an epoch is done; else a batch within one.</summary>
    public bool EpochEnded { get; set; }

    /// <summary>How many steps were done in all.</summary>
    public long Steps { get; set; }

    /// <summary>Writes a checkpoint of everything.</summary>
    public void Save(string path) => save(path);
}
