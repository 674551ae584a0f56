namespace Engram.Formats;

/// <summary>
/// How much a file may ask for before it is refused. The defaults are far above what models of sequences need and far below what
/// harms a process; raise one where a file that is trusted is larger.
/// </summary>
public sealed class ReadLimits
{
    /// <summary>The limits that are used where none are given.</summary>
    public static ReadLimits Default { get; } = new();

    /// <summary>The bytes of one array once read, compressed or not. Default 4 GiB.</summary>
    public long ArrayBytes { get; init => field = Positive(value, nameof(ArrayBytes)); } = 4L << 30;

    /// <summary>The bytes of one text, such as a model's configuration. Default 64 MiB.</summary>
    public long TextBytes { get; init => field = Positive(value, nameof(TextBytes)); } = 64L << 20;

    /// <summary>
    /// How many times as large as its compressed form an array or an entry may be. Weights hardly shrink when they are compressed;
    /// what shrinks more was made to fill memory. Default 64.
    /// </summary>
    public int Expansion { get; init => field = (int)Positive(value, nameof(Expansion)); } = 64;

    /// <summary>How many levels groups, lists and layers may be nested. Default 64.</summary>
    public int Nesting { get; init => field = (int)Positive(value, nameof(Nesting)); } = 64;

    private static long Positive(long value, string name) => value > 0
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1.");
}
