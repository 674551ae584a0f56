using Engram.Data;

namespace Engram.Cli.Options;

/// <summary>What --tokens byte-pairs asks of --vocabulary.</summary>
internal static class BytePairs
{
    /// <summary>Refuses a vocabulary that has no room for the bytes.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    public static void DemandRoom(int? vocabulary)
    {
        if (vocabulary < BytePairTokenizer.FirstMerge)
        {
            throw new UsageException($"--vocabulary takes at least {BytePairTokenizer.FirstMerge} with --tokens byte-pairs: the 256 bytes and four tokens for padding, unknown, start and end.");
        }
    }
}
